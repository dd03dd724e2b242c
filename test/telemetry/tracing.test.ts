import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { it } from 'node:test';
import { runInContext } from '../../src/telemetry/request-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const fail = (fault: unknown) => assert.fail(String(fault));
const parentOf = (flags: string) => `00-${TRACE}-00f067aa0ba902b7-${flags}`;

it('what is switched off is not even loaded', async () => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      loaded.push(specifier);
      return next(specifier, context);
    },
  });
  try {
    await import('../../src/app.ts');
    const { openTracing } = await import('../../src/telemetry/telemetry.ts');
    const tracing = await openTracing({ endpoint: undefined }, '1', fail);
    assert.equal(tracing.isOn, false);
    assert.deepEqual(tracing.inject(), {});
    // prom-client loads the API, which does nothing by itself.
    const own = loaded.filter((name) => name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api');
    assert.deepEqual(own, []);
    assert.ok(loaded.includes('prom-client'), 'what is loaded is seen');
  } finally {
    hooks.deregister();
  }
});

for (const [sampler, ratio, parent, flags] of [
  ['parentbased_always_on', 1, undefined, '01'],
  ['parentbased_always_on', 1, '00', '00'],
  ['parentbased_always_off', 1, '01', '01'],
  ['parentbased_traceidratio', 0, undefined, '00'],
  ['traceidratio', 0, '01', '00'],
  ['traceidratio', 1, '00', '01'],
  ['always_off', 1, '01', '00'],
  ['always_on', 1, '00', '01'],
] as const)
  it(`${sampler} of ${ratio} records a trace ${parent ? `that came with ${parent}` : 'of our own'}: ${flags}`, async () => {
    const { createOtlpTracing } = await import('../../src/telemetry/otlp-tracing.ts');
    const tracing = createOtlpTracing({ version: '1', sampler, ratio, onFault: fail });
    const given = parent ? tracing.extract({ traceparent: parentOf(parent) }) : undefined;
    const { trace } = tracing.begin('a', { parent: given });
    const { traceparent = '' } = runInContext({ trace }, () => tracing.inject());
    assert.match(traceparent, new RegExp(`^00-${parent ? TRACE : '[0-9a-f]{32}'}-[0-9a-f]{16}-${flags}$`));
    assert.equal(
      runInContext({ trace }, () => tracing.traceId()),
      traceparent.split('-')[1],
    );
    await tracing.close();
  });

it('a trace that nobody can read is none', async () => {
  const { createOtlpTracing } = await import('../../src/telemetry/otlp-tracing.ts');
  const tracing = createOtlpTracing({ version: '1', onFault: fail });
  for (const traceparent of [
    undefined,
    '',
    'x',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
  ])
    assert.deepEqual(
      runInContext({ trace: tracing.extract({ traceparent }) }, () => tracing.inject()),
      {},
    );
  await tracing.close();
});
