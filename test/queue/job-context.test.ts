import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../../src/db/client.ts';
import { ALL_JOBS } from '../../src/domain/jobs.ts';
import { defineJob } from '../../src/queue/job.ts';
import { createQueue, type Queue } from '../../src/queue/queue.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { currentContext, runInContext } from '../../src/telemetry/request-context.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { createTestDatabase } from '../helpers/database.ts';
import { parseExposition, sampleOf } from '../helpers/exposition.ts';

const input = z.object({ id: z.string() });
const about = ({ id }: { id: string }) => ({ thingId: id });
const make = defineJob({ name: 'thing:make', input, about });
const lose = defineJob({ name: 'thing:lose', input, about, retries: 0 });

const telemetry = createTelemetry();
const lines: Record<string, unknown>[] = [];
let database: Database;
let queue: Queue;
let remove: () => Promise<void>;
before(async () => {
  ({ database, remove } = await createTestDatabase());
  const log = createLog('debug', { stream: { write: (line) => lines.push(JSON.parse(line)) } });
  queue = createQueue(database, log, telemetry);
  await queue.start([make, lose]);
});
after(async () => {
  await queue.stop(0);
  await remove();
});

const enqueue = (job: typeof make, id: string, requestId?: string) =>
  runInContext({ requestId }, () => database.transaction((tx) => queue.enqueue(tx, job, { id })));

/** What pg-boss keeps of the jobs of a kind. */
async function keptOf(name: string): Promise<unknown[]> {
  const rows = await database.orm
    .select({ data: sql`data` })
    .from(sql`pgboss.job where name = ${name} order by created_on`);
  return rows.map(({ data }) => data);
}

it('a job runs on behalf of the request that it comes from, and says so; one of nobody as ever', async () => {
  await enqueue(make, 'one', 'request-1');
  await enqueue(make, 'two');
  assert.deepEqual(await keptOf('thing.make'), [{ id: 'one', _context: { requestId: 'request-1' } }, { id: 'two' }]);
  const seen: unknown[] = [];
  const both = Promise.withResolvers<void>();
  await queue.work(make, 1, async (given, { log }) => {
    log.info('at work');
    seen.push([given, currentContext().requestId]);
    if (seen.length === 2) both.resolve();
  });
  await both.promise;
  assert.deepEqual(seen, [
    [{ id: 'one' }, 'request-1'],
    [{ id: 'two' }, undefined],
  ]);
  const [enqueued, atWork] = ['job enqueued', 'at work'].map((msg) => lines.find((line) => line.msg === msg));
  assert.deepEqual([enqueued?.job, enqueued?.thingId, enqueued?.requestId], ['thing:make', 'one', 'request-1']);
  assert.equal(atWork?.jobId, enqueued?.jobId);
  assert.deepEqual(
    [atWork?.job, atWork?.thingId, atWork?.requestId, atWork?.try],
    ['thing:make', 'one', 'request-1', 1],
  );
});

it('its jobs and its burial are on behalf of the same request', async () => {
  const buried = Promise.withResolvers<unknown>();
  await queue.bury(async (letter) => buried.resolve([letter.input, currentContext().requestId]));
  await queue.work(lose, 1, async ({ id }) => {
    await database.transaction((tx) => queue.enqueue(tx, make, { id: `${id} again` }));
    throw new Error('on purpose');
  });
  await enqueue(lose, 'three', 'request-3');
  assert.deepEqual(await buried.promise, [{ id: 'three' }, 'request-3']);
  assert.deepEqual((await keptOf('thing.make')).at(-1), { id: 'three again', _context: { requestId: 'request-3' } });
  const failed = lines.find(({ msg }) => msg === 'job failed');
  assert.deepEqual([failed?.level, failed?.thingId, failed?.requestId], [40, 'three', 'request-3']);
});

it('runs are measured by how they end, and what waits is counted', async () => {
  const families = parseExposition(await telemetry.metrics.registry.metrics());
  const runs = 'reelgraph_job_duration_seconds_count';
  assert.ok(sampleOf(families, `${runs}{job="thing:make",outcome="done"}`) >= 2);
  assert.equal(sampleOf(families, `${runs}{job="thing:lose",outcome="failed"}`), 1);
  const counts = await queue.count();
  assert.deepEqual(counts.map(({ job }) => job).sort(), ['dead-letters', 'thing:lose', 'thing:make']);
});

it('a context that somebody spoiled is none', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const odd = defineJob({ name: 'thing:odd', input: z.looseObject({ id: z.string() }) });
  await queue.start([odd]);
  await queue.work(odd, 1, async () => resolve(currentContext().requestId));
  await database.transaction((tx) => queue.enqueue(tx, odd, { id: 'a', _context: { requestId: 7, traceparent: [] } }));
  assert.equal(await promise, undefined);
});

it('no job minds a context beside its input: workers of the version before run them', () => {
  for (const job of ALL_JOBS) {
    const { error } = job.input.safeParse({ _context: { requestId: 'a' } });
    assert.ok(!error?.issues.some(({ code }) => code === 'unrecognized_keys'), job.name);
  }
});
