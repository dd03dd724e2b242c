import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInferenceHost, InferenceStoppedError } from '../../src/models/inference-host.ts';
import { type EncoderSpec, pack } from '../../src/models/inference-protocol.ts';

const entry = new URL('./crashing-thread.ts', import.meta.url);
const spec: EncoderSpec = { path: 'AUDIO', folder: '', manifest: {} as never, threads: 1 };
const run = { urgent: false };

test('a thread that crashes rejects what it was asked, and the next call starts another', async () => {
  const host = createInferenceHost(entry);
  assert.deepEqual(await host.load(spec), { dimensions: 7 });
  for (const [end, message] of [
    ['crash', /has ended: out of luck\.$/],
    ['exit', /has ended\.$/],
  ] as const) {
    const hanging = host.call(spec, 'hang', [], run);
    const ending = host.call(spec, end, [], run);
    for (const call of [hanging, ending])
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof InferenceStoppedError);
        assert.match(error.message, message);
        return true;
      });
    assert.deepEqual(await host.call(spec, 'echo', ['again'], run), ['again']);
  }
  await host.close();
});

test('a call is rejected when the thread ends with its answer that the encoder is loaded', async () => {
  const host = createInferenceHost(entry);
  const end = new Int32Array(new SharedArrayBuffer(4));
  const call = host.call({ ...spec, folder: 'doomed', manifest: { end } as never }, 'echo', [], run);
  // Both come at once where this thread is busy meanwhile: until the other is ending, and a while for it to be gone.
  Atomics.wait(end, 0, 0, 20_000);
  Atomics.wait(end, 0, 1, 200);
  await assert.rejects(call, InferenceStoppedError);
  assert.deepEqual(await host.call(spec, 'echo', [1], run), [1]);
  await host.close();
});

test('an aborted call is rejected with the reason, whatever the thread does', async () => {
  const host = createInferenceHost(entry);
  const abort = new AbortController();
  const call = host.call(spec, 'hang', [], { ...run, signal: abort.signal });
  await host.load(spec);
  abort.abort(new Error('enough'));
  await assert.rejects(call, /enough/);
  await assert.rejects(host.call(spec, 'echo', [], { ...run, signal: abort.signal }), /enough/);
  assert.deepEqual(await host.call(spec, 'echo', [1], run), [1]);
  await host.close();
});

test('closing rejects what is under way; before the first call there is nothing to close', async () => {
  const host = createInferenceHost(entry);
  await host.load(spec);
  const call = host.call(spec, 'hang', [], run);
  call.catch(() => {});
  await host.close();
  await assert.rejects(call, InferenceStoppedError);
  await assert.rejects(host.call(spec, 'echo', [], run), /closed/);
  await createInferenceHost(entry).close();
});

test('the sender keeps its arrays, and of a view only what it shows is sent', async () => {
  const host = createInferenceHost(entry);
  const whole = Float32Array.of(1, 2, 3, 4);
  const bytes = Buffer.from('abc');
  const echoed = await host.call<unknown[]>(
    spec,
    'echo',
    [whole.subarray(1, 3), [bytes], { bytes, text: 'x' }, null],
    run,
  );
  assert.deepEqual(echoed, [
    Float32Array.of(2, 3),
    [Uint8Array.from(bytes)],
    { bytes: Uint8Array.from(bytes), text: 'x' },
    null,
  ]);
  assert.equal((echoed[0] as Float32Array).buffer.byteLength, 8);
  assert.deepEqual([whole.length, bytes.length], [4, 3]);
  await host.close();
});

test('an answer gives its arrays away, but a view is copied', () => {
  const whole = Float32Array.of(1, 2);
  const view = Float32Array.of(1, 2, 3).subarray(1);
  const { value, buffers } = pack([whole, view], { giveAway: true });
  assert.ok(Array.isArray(value) && value[0] === whole && value[1] !== view);
  assert.deepEqual(
    buffers.map(({ byteLength }) => byteLength),
    [8, 8],
  );
});
