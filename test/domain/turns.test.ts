import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { turns } from '../../src/db/schema.ts';
import { forgetTurns, type Line, takeTurn } from '../../src/domain/turns.ts';
import { defineJob } from '../../src/queue/job.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createTestDatabase } from '../helpers/database.ts';

const work = defineJob({ name: 'work:do', input: z.object({ tenant: z.string(), flow: z.string() }) });
const line: Line = { name: 'work', jobs: [work] };

/** A queue with one worker, which notes whose work it did. */
async function openLine() {
  const { database: db, remove } = await createTestDatabase();
  const queue = createQueue(db, pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }));
  await queue.start([work]);
  const done: string[] = [];
  return {
    db,
    queue,
    done,
    /** Queues work of `tenant/flow`, a transaction each. */
    async add(name: string, times = 1): Promise<number[]> {
      const [tenant = '', flow = ''] = name.split('/');
      const given: number[] = [];
      for (let n = 0; n < times; n += 1)
        await db.transaction(async (tx) => {
          const turn = await takeTurn(tx, queue, line, { tenant, flow });
          given.push(turn);
          await queue.enqueue(tx, work, { tenant, flow }, { turn });
        });
      return given;
    },
    /** Works until nothing is left; `during` runs within each piece of work, and may add more. */
    async drain(during: (count: number, name: string) => Promise<unknown> = async () => {}): Promise<string[]> {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      await queue.work(work, 1, async ({ tenant, flow }) => {
        const name = `${tenant}/${flow}`;
        done.push(name);
        await during(done.length, name).catch(reject);
        if ((await queue.firstTurn(db, [work])) === undefined) resolve();
      });
      await promise;
      return done;
    },
    async [Symbol.asyncDispose]() {
      await queue.stop(0);
      await remove();
    },
  };
}

function count(names: readonly string[], start: string): number {
  return names.filter((name) => name.startsWith(start)).length;
}

test('who comes late to a backlog is served in turn with it, from the first one on', async () => {
  await using given = await openLine();
  await given.add('a/1', 40);
  const done = await given.drain(async (n) => n === 10 && given.add('b/1', 10));
  assert.equal(done.length, 50);
  const since = done.slice(10);
  for (let n = 1; n <= 10; n += 1)
    assert.ok(count(since.slice(0, 2 * n + 1), 'b/') >= n, `${n} of b's are among the next ${2 * n + 1}: ${since}`);
});

test('an old backlog is not overtaken for ever by those who come again and again', async () => {
  await using given = await openLine();
  await given.add('a/1', 20);
  // At any time each of the others has one piece of work waiting, and comes again as soon as it is taken up.
  await given.add('b/1');
  await given.add('c/1');
  const done = await given.drain(async (n, name) => n < 120 && !name.startsWith('a/') && given.add(name));
  assert.ok(count(done.slice(0, 66), 'a/') === 20, `a has a third of the turns: ${done}`);
});

test('a tenant does not get more by dividing its work over many indexes, or over ever new ones', async () => {
  await using given = await openLine();
  for (let n = 0; n < 4; n += 1) for (let flow = 1; flow <= 10; flow += 1) await given.add(`a/${flow}`);
  await given.add('b/1', 15);
  let fresh = 100;
  const done = await given.drain(async (_, name) => name.startsWith('a/') && fresh < 110 && given.add(`a/${fresh++}`));
  const until = done.slice(0, done.lastIndexOf('b/1'));
  assert.ok(count(until, 'a/') <= 17, `b's 15 are done by the time of a's 17: ${done}`);
});

test('the indexes of a tenant share what it gets', async () => {
  await using given = await openLine();
  await given.add('a/1', 30);
  const done = await given.drain(async (n) => n === 5 && given.add('a/2', 5));
  assert.ok(done.lastIndexOf('a/2') <= 20, String(done));
});

test('past service is no debt, and past idleness no credit', async () => {
  await using given = await openLine();
  await given.add('a/1', 20);
  await given.drain();
  const [first] = await given.add('a/1');
  const [late] = await given.add('b/1');
  assert.ok(first !== undefined && late !== undefined && Math.abs(first - late) <= 1, `${first} and ${late}`);
});

test('turns that are taken at the same time are all different', async () => {
  await using given = await openLine();
  const taken = await Promise.all(Array.from({ length: 20 }, () => given.add('a/1')));
  assert.equal(new Set(taken.flat()).size, 20);
  assert.equal(Math.max(...taken.flat()), 19);
});

test('idle flows are forgotten, and what waits is not', async () => {
  await using given = await openLine();
  await given.add('a/1', 3);
  await given.drain(async (n) => {
    if (n === 1) await given.add('b/1', 5);
    // What waits now comes after all that a was ever given.
    if (n === 7) await forgetTurns(given.db, given.queue, line);
  });
  const left = await given.db.orm.select({ tenant: turns.tenant }).from(turns);
  assert.deepEqual(left, [{ tenant: 'b' }]);
  const [next] = await given.add('a/1');
  await forgetTurns(given.db, given.queue, line);
  assert.deepEqual(await given.add('a/1'), [(next ?? 0) + 1]);
});
