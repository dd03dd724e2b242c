import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { z } from 'zod';
import { defineJob } from '../../src/queue/job.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createTestDatabase } from '../helpers/database.ts';
import { until } from '../helpers/until.ts';

const job = defineJob({ name: 'number:count', input: z.object({ n: z.int() }) });
const other = defineJob({ name: 'number:other', input: z.object({ n: z.int() }) });

test('jobs run in the order of their turns, which one that is tried again keeps', async () => {
  const { database, remove } = await createTestDatabase();
  const queue = createQueue(database, pino({ level: 'silent' }));
  try {
    await queue.start([job, other]);
    const first = () => queue.firstTurn(database, [other, job]);
    assert.equal(await first(), undefined);
    await database.transaction(async (tx) => {
      for (const turn of [7, 3, 2 ** 31 - 1, 5]) await queue.enqueue(tx, job, { n: turn }, { turn });
      await queue.enqueue(tx, other, { n: 4 }, { turn: 4 });
    });
    assert.equal(await first(), 3);
    const done: number[] = [];
    const again = Promise.withResolvers<void>();
    await queue.work(job, 1, async ({ n }) => {
      done.push(n);
      if (n !== 3) return;
      if (done.length > 1) return again.resolve();
      throw new Error('on purpose');
    });
    const retried = () =>
      database.orm.select({ priority: sql<number>`priority` }).from(sql`pgboss.job`).where(sql`retry_count = 1`);
    await until(async () => (await retried()).length > 0);
    assert.deepEqual(await retried(), [{ priority: -3 }]);
    await again.promise;
    assert.deepEqual(
      done.filter((n, at) => done.indexOf(n) === at),
      [3, 5, 7, 2 ** 31 - 1],
    );
    assert.equal(await first(), 4);
  } finally {
    await queue.stop(0);
    await remove();
  }
});
