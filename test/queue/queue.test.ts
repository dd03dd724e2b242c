import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { z } from 'zod';
import type { Database } from '../../src/db/client.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { defineJob, type JobDefinition } from '../../src/queue/job.ts';
import { createQueue, type Queue } from '../../src/queue/queue.ts';
import type { DeadLetter } from '../../src/queue/queue-options.ts';
import type { JobContext } from '../../src/queue/worker.ts';
import { createTestDatabase } from '../helpers/database.ts';

const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const number = z.object({ n: z.int() });
const count = defineJob({ name: 'number:count', input: number });
const fragile = defineJob({ name: 'number:break', input: number, retries: 1 });
const JOBS = [count, fragile];

/** A database, and queues on it that stop before it closes. */
async function openTest() {
  const { database, url, remove } = await createTestDatabase();
  const queues: Queue[] = [];
  return {
    database,
    url,
    async startQueue(jobs: Parameters<Queue['start']>[0] = JOBS): Promise<Queue> {
      const queue = createQueue(database, log);
      queues.push(queue);
      await queue.start(jobs);
      return queue;
    },
    async [Symbol.asyncDispose]() {
      for (const queue of queues) await queue.stop(0);
      await remove();
    },
  };
}

async function enqueue<Input>(database: Database, queue: Queue, job: JobDefinition<Input>, ...inputs: Input[]) {
  await database.transaction(async (tx) => {
    for (const input of inputs) await queue.enqueue(tx, job, input);
  });
}

/** Gathers what handlers tell, and waits until there is enough of it. */
function createGathering<T>() {
  const gathered: T[] = [];
  const added = new EventTarget();
  return {
    gathered,
    add(value: T) {
      gathered.push(value);
      added.dispatchEvent(new Event('added'));
    },
    async reaches(size: number, signal?: AbortSignal): Promise<T[]> {
      while (gathered.length < size) await once(added, 'added', { signal });
      return gathered;
    },
  };
}

test('a job is enqueued with its transaction, before any worker has been started', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const queue = await opened.startQueue();
  const failing = database.transaction(async (tx) => {
    await queue.enqueue(tx, count, { n: 1 });
    throw new Error('on purpose');
  });
  await assert.rejects(failing, { message: 'on purpose' });
  await enqueue(database, queue, count, { n: 2 });
  const { add, reaches } = createGathering<number>();
  await queue.work(count, 1, async ({ n }) => add(n));
  assert.deepEqual(await reaches(1), [2]);
  await enqueue(database, queue, count, { n: 3 });
  assert.deepEqual(await reaches(2), [2, 3]);
});

test('a backlog drains in order, without a wait for the next look', async () => {
  await using opened = await openTest();
  const queue = await opened.startQueue();
  const all = Array.from({ length: 30 }, (_, n) => n);
  const { add, reaches } = createGathering<number>();
  await queue.work(count, 1, async ({ n }) => add(n));
  await enqueue(opened.database, queue, count, ...all.map((n) => ({ n })));
  // Thirty looks, two seconds apart, would take a minute.
  assert.deepEqual(await reaches(30, AbortSignal.timeout(30_000)), all);
});

test('jobs from before the start of a worker are done, and as many at once as it may', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const first = await opened.startQueue();
  await enqueue(database, first, count, { n: 1 }, { n: 2 }, { n: 3 });
  await first.stop(0);
  const second = await opened.startQueue();
  const { add, reaches, gathered } = createGathering<number>();
  await second.work(count, 3, async ({ n }) => {
    add(n);
    await reaches(3);
  });
  await reaches(3);
  assert.deepEqual(gathered.toSorted(), [1, 2, 3]);
});

test('input is parsed when it is enqueued', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const queue = await opened.startQueue();
  await assert.rejects(enqueue(database, queue, count, { n: 1.5 }), z.ZodError);
  await enqueue(database, queue, count, { n: 1, secret: 'not part of the input' } as { n: number });
  const { add, reaches } = createGathering<object>();
  await queue.work(count, 1, async (input) => add(input));
  assert.deepEqual(await reaches(1), [{ n: 1 }]);
});

test('input is parsed again when the job runs', async () => {
  await using opened = await openTest();
  const queue = await opened.startQueue();
  const former: JobDefinition<object> = { ...fragile, retries: 0, input: z.object({ n: z.string() }) };
  await enqueue(opened.database, queue, former, { n: 'what an older version took' });
  const { add, reaches } = createGathering<DeadLetter>();
  await queue.bury(async (letter) => add(letter));
  let ran = false;
  await queue.work(fragile, 1, async () => {
    ran = true;
  });
  const [letter] = await reaches(1);
  assert.match(JSON.stringify(letter?.cause), /expected number, received string/);
  assert.equal(ran, false);
});

test('a job that threw is tried again', async () => {
  await using opened = await openTest();
  const queue = await opened.startQueue();
  const { add, reaches, gathered } = createGathering<number>();
  await queue.work(count, 1, async ({ n }) => {
    add(n);
    if (gathered.length === 1) throw new Error('on purpose');
  });
  await enqueue(opened.database, queue, count, { n: 7 });
  assert.deepEqual(await reaches(2), [7, 7]);
});

test('a job that used up its retries is buried with its name, input and cause, and a failed burial is repeated', async () => {
  await using opened = await openTest();
  const queue = await opened.startQueue();
  let tries = 0;
  await queue.work(fragile, 1, async () => {
    tries += 1;
    throw new Error(`broken ${tries}`);
  });
  const { add, reaches, gathered } = createGathering<DeadLetter>();
  await queue.bury(async (letter) => {
    add(letter);
    if (gathered.length === 1) throw new Error('the database is away');
  });
  await enqueue(opened.database, queue, fragile, { n: 7 });
  const [letter, repeated] = await reaches(2);
  assert.equal(tries, 2);
  assert.equal(letter?.job, 'number:break');
  assert.deepEqual(letter.input, { n: 7 });
  assert.match(JSON.stringify(letter.cause), /broken 2/);
  assert.deepEqual(repeated, letter);
});

test('stop waits for the running job, which is not done again', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const queue = await opened.startQueue();
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const done: number[] = [];
  await queue.work(count, 1, async ({ n }) => {
    started.resolve();
    await finish.promise;
    done.push(n);
  });
  await enqueue(database, queue, count, { n: 1 });
  await started.promise;
  const stopped = queue.stop(60_000);
  finish.resolve();
  await stopped;
  assert.deepEqual(done, [1]);
  const { add, reaches } = createGathering<number>();
  const next = await opened.startQueue();
  await next.work(count, 1, async ({ n }) => add(n));
  await enqueue(database, next, count, { n: 2 });
  assert.deepEqual(await reaches(1), [2]);
});

test('stop hands back a job that outlasts the grace, aborts it, and waits for its handler', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const queue = await opened.startQueue();
  const started = Promise.withResolvers<JobContext>();
  let ended = false;
  await queue.work(count, 1, async (_, context) => {
    started.resolve(context);
    await once(context.signal, 'abort');
    await database.ping();
    ended = true;
    throw context.signal.reason;
  });
  await enqueue(database, queue, count, { n: 1 });
  const { signal } = await started.promise;
  assert.equal(signal.aborted, false);
  await queue.stop(0);
  assert.equal(signal.aborted, true);
  assert.equal(ended, true);
  const { add, reaches } = createGathering<number>();
  const next = await opened.startQueue();
  await next.work(count, 1, async ({ n }) => add(n));
  assert.deepEqual(await reaches(1), [1]);
});

test('a queue is ready between its start and its stop', async () => {
  await using opened = await openTest();
  const queue = createQueue(opened.database, log);
  assert.equal(await queue.isReady(), false);
  await queue.start(JOBS);
  assert.equal(await queue.isReady(), true);
  await queue.stop(0);
  assert.equal(await queue.isReady(), false);
});

test('a later version changes the retries of a queue that is there, and queues start side by side', async () => {
  await using opened = await openTest();
  await Promise.all([opened.startQueue(), opened.startQueue()]);
  await opened.startQueue([{ ...count, retries: 9 }]);
  const [row] = await opened.database.orm
    .select({ retries: sql<number>`retry_limit` })
    .from(sql`pgboss.queue`)
    .where(sql`name = 'number.count'`);
  assert.equal(row?.retries, 9);
});

test('a schedule is kept once for all processes', async () => {
  await using opened = await openTest();
  for (const queue of [await opened.startQueue(), await opened.startQueue()])
    await queue.schedule(count, '17 * * * *', { n: 1 });
  const rows = await opened.database.orm.select({ cron: sql`cron`, data: sql`data` }).from(sql`pgboss.schedule`);
  assert.deepEqual(rows, [{ cron: '17 * * * *', data: { n: 1 } }]);
});

if (!process.env.TEST_DATABASE_URL)
  test('a queue that starts on the embedded database hands back what a dead process was working on', async () => {
    await using opened = await openTest();
    const dead = await opened.startQueue();
    const [started, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await dead.work(count, 1, async () => {
      started.resolve();
      await over.promise;
    });
    await enqueue(opened.database, dead, count, { n: 1 });
    await started.promise;
    const next = await opened.startQueue();
    const { add, reaches } = createGathering<number>();
    await next.work(count, 1, async ({ n }) => add(n));
    // Without, it would take the heartbeat, which is 10 s, and a pause after it.
    assert.deepEqual(await reaches(1, AbortSignal.timeout(9_000)), [1]);
    over.resolve();
  });

if (process.env.TEST_DATABASE_URL)
  test('a job goes to another process, on another database object', async () => {
    await using opened = await openTest();
    const queue = await opened.startQueue();
    const other = openPostgres({ url: opened.url ?? assert.fail('no URL') });
    const worker = createQueue(other, log);
    try {
      await worker.start(JOBS);
      const { add, reaches } = createGathering<number>();
      await worker.work(count, 1, async ({ n }) => add(n));
      await enqueue(opened.database, queue, count, { n: 1 });
      assert.deepEqual(await reaches(1), [1]);
    } finally {
      await worker.stop(0);
      await other.close();
    }
  });
