import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecodeLimit } from '../../src/media/decode-limit.ts';

test('as many pieces of work run at once as are allowed, and each in its turn', async () => {
  const limit = createDecodeLimit(2);
  const running: number[] = [];
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const results = ends.map(({ promise }, n) =>
    limit(() => {
      running.push(n);
      return promise;
    }, undefined),
  );
  await new Promise(setImmediate);
  assert.deepEqual(running, [0, 1]);
  ends[1]?.resolve(1);
  await results[1];
  await new Promise(setImmediate);
  assert.deepEqual(running, [0, 1, 2]);
  for (const [n, { resolve }] of ends.entries()) resolve(n);
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3]);
});

test('work that is aborted while it waits ends at once and never runs; what runs keeps its place until it ends', async () => {
  const limit = createDecodeLimit(1);
  const end = Promise.withResolvers<void>();
  const abort = new AbortController();
  const first = limit(() => end.promise, abort.signal);
  const second = limit(async () => assert.fail('it ran'), abort.signal);
  let third = false;
  const last = limit(async () => {
    third = true;
  }, undefined);
  await new Promise(setImmediate);
  abort.abort(new Error('not wanted'));
  await assert.rejects(second, /not wanted/);
  await assert.rejects(
    limit(async () => assert.fail('it ran'), abort.signal),
    /not wanted/,
  );
  assert.equal(third, false);
  end.resolve();
  await Promise.all([first, last]);
  assert.equal(third, true);
});
