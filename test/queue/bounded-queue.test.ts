import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createBoundedQueue } from '../../src/queue/bounded-queue.ts';
import { QueueFullError } from '../../src/queue/queue-full-error.ts';

it('takes as many as it has places, does as many at once as it may, and refuses the rest', async () => {
  const queue = createBoundedQueue({ places: 5, running: 2 });
  const { promise, resolve } = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const visits = Array.from({ length: 8 }, (_, n) =>
    queue.enter(`holder ${n}`, (inTurn) =>
      inTurn(async () => {
        running += 1;
        most = Math.max(most, running);
        await promise;
        running -= 1;
        return n;
      }),
    ),
  );
  const settled = Promise.allSettled(visits);
  await assert.rejects(visits[5] ?? Promise.resolve(), QueueFullError);
  resolve();
  const results = await settled;
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.name)),
    [0, 1, 2, 3, 4, 'QueueFullError', 'QueueFullError', 'QueueFullError'],
  );
  assert.equal(most, 2);
  assert.equal(await queue.enter('a', (inTurn) => inTurn(async () => 'free again')), 'free again');
});

it('one holder takes at most a quarter of the places, rounded up, and keeps nobody out', async () => {
  const queue = createBoundedQueue({ places: 6, running: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = [queue.enter('a', () => promise), queue.enter('a', () => promise)];
  await assert.rejects(
    queue.enter('a', () => assert.fail('it entered')),
    (error) => error instanceof QueueFullError && error.places === 2 && error.holder === 'a' && error.retryAfter > 0,
  );
  assert.equal(await queue.enter('b', async () => 'entered'), 'entered');
  for (const holder of ['b', 'b', 'c', 'c']) held.push(queue.enter(holder, () => promise));
  await assert.rejects(
    queue.enter('d', () => assert.fail('it entered')),
    (error) => error instanceof QueueFullError && error.places === 6 && error.holder === undefined,
  );
  resolve();
  await Promise.all(held);
  assert.equal(await queue.enter('a', async () => 'again'), 'again');
});

it('a visit that fails, before or in its turn, gives its place back', async () => {
  const queue = createBoundedQueue({ places: 1, running: 1 });
  const fault = new Error('no');
  await assert.rejects(
    queue.enter('a', () => Promise.reject(fault)),
    fault,
  );
  await assert.rejects(
    queue.enter('a', (inTurn) => inTurn(() => Promise.reject(fault))),
    fault,
  );
  assert.equal(await queue.enter('a', async () => 1), 1);
});

it('says when to come back: longer the more there are in front, by what runs have taken of late', async () => {
  const retryAfter = async (places: number, slow: boolean) => {
    const queue = createBoundedQueue({ places, running: 1 });
    const busy = (milliseconds: number) => async () => {
      const until = performance.now() + milliseconds;
      while (performance.now() < until) await Promise.resolve();
    };
    await queue.enter('a', (inTurn) => inTurn(busy(slow ? 100 : 0)));
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = Array.from({ length: places }, (_, n) => queue.enter(`holder ${n}`, () => promise));
    const refused = await queue.enter('another', async () => {}).catch((error) => error);
    resolve();
    await Promise.all(waiting);
    assert.ok(refused instanceof QueueFullError && refused.places === places);
    return refused.retryAfter;
  };
  const [one, four, quick] = [await retryAfter(1, true), await retryAfter(4, true), await retryAfter(4, false)];
  assert.ok(one >= 0.1 && four >= 0.4 && four > one && quick < four, `${one} ${four} ${quick}`);
});
