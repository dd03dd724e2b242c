import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { countUpload } from '../../src/telemetry/transfers.ts';
import { parseExposition, sampleOf } from '../helpers/exposition.ts';

const exposed = async (metrics = createMetrics()) => parseExposition(await metrics.registry.metrics());

it('every metric has a help, and a name by the conventions', async () => {
  for (const [name, { type, help }] of await exposed()) {
    assert.match(name, /^reelgraph_[a-z]+(_[a-z]+)*$/);
    assert.match(help, /^[A-Z].*\.$/, name);
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    if (type === 'histogram') assert.match(name, /_(seconds|ratio)$/);
  }
});

it('the README lists every metric, and no other', async () => {
  const [, section = ''] = readFileSync('README.md', 'utf8').split('\n## Operations\n');
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`[a-z_]+`(, `[a-z_]+`)*) \|/gm);
  const listed = [...rows].flatMap(([, names = '']) =>
    [...names.matchAll(/[a-z_]+/g)].map(([name]) => `reelgraph_${name}`),
  );
  assert.deepEqual(listed.sort(), [...(await exposed()).keys()].sort());
});

it('what the process tells of itself is exposed as well', async () => {
  const metrics = createMetrics();
  metrics.collectProcess();
  const families = await exposed(metrics);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
    assert.ok(families.has(name), name);
});

it('a stage is measured when it succeeds', async () => {
  const telemetry = createTelemetry();
  await telemetry.stage('embed', async () => {}, { modality: 'VISUAL' });
  await assert.rejects(telemetry.stage('embed', () => Promise.reject(new Error('no')), { modality: 'VISUAL' }));
  const families = await exposed(telemetry.metrics);
  assert.equal(sampleOf(families, 'reelgraph_stage_duration_seconds_count{modality="VISUAL",stage="embed"}'), 1);
});

it('bytes of uploads are counted, also of one that breaks off', async () => {
  const metrics = createMetrics();
  async function* broken() {
    yield Buffer.alloc(3);
    yield Buffer.alloc(4);
    throw new Error('cut');
  }
  await assert.rejects(Array.fromAsync(countUpload(metrics, broken())), /cut/);
  const families = await exposed(metrics);
  assert.equal(sampleOf(families, 'reelgraph_upload_bytes_total'), 7);
  assert.equal(sampleOf(families, 'reelgraph_uploads_in_flight'), 0);
});
