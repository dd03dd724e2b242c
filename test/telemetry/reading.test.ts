import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createReading } from '../../src/telemetry/reading.ts';

it('is shared by those who ask at the same time, and good for some seconds', async () => {
  let reads = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const read = createReading(() => {
    reads += 1;
    return promise;
  });
  const asked = [read(), read()];
  resolve();
  await Promise.all(asked);
  await read();
  assert.equal(reads, 1);
});

it('is good for a hundred times as long as it took', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  let reads = 0;
  const read = createReading(async () => {
    reads += 1;
    now += 1_000;
  });
  await read();
  now += 99_000;
  await read();
  assert.equal(reads, 1);
  now += 1_000;
  await read();
  assert.equal(reads, 2);
});
