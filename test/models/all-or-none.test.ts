import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { allOrNone } from '../../src/models/all-or-none.ts';

const { signal } = new AbortController();

it('gives results in the order of the items, and runs no more at a time than it may', async () => {
  let [running, most] = [0, 0];
  const results = await allOrNone([3, 1, 2], { signal, atOnce: 2 }, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < turns; turn++) await letOthersRun();
    running -= 1;
    return 10 * turns;
  });
  assert.deepEqual([results, most], [[30, 10, 20], 2]);
  assert.deepEqual(await allOrNone([], { signal }, async () => 1), []);
});

it('when one fails tells the others, begins no more, and throws its reason once they have ended', async () => {
  const ended: string[] = [];
  const work = async (name: string, ends: AbortSignal) => {
    if (name === 'fails') throw new Error('broken');
    await new Promise((resolve) => ends.addEventListener('abort', resolve));
    await letOthersRun();
    ended.push(name);
  };
  await assert.rejects(allOrNone(['runs', 'fails', 'waits'], { signal, atOnce: 2 }, work), /broken/);
  assert.deepEqual(ended, ['runs']);
});

it('ends with the reason of its signal, even where the work does not look at it', async () => {
  const controller = new AbortController();
  const work = async () => controller.abort(new Error('not wanted'));
  await assert.rejects(allOrNone(['a'], { signal: controller.signal }, work), /not wanted/);
  await assert.rejects(
    allOrNone(['a'], { signal: controller.signal }, async () => assert.fail('begun')),
    /not wanted/,
  );
});
