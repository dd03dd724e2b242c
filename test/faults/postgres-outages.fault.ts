import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { tasks } from '../../src/db/schema.ts';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest } from './at-rest.ts';
import { isFull } from './extent.ts';
import { assertWholeStory, createFollowers, type Story } from './followers.ts';
import { countOpen } from './outcomes.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi, rowId, type TasksApi } from './tasks-api.ts';
import { createVideoFiles, type VideoFile } from './video-files.ts';

const TIMES = isFull ? 5 : 1;
/** Uploads that wait for their answers at once. */
const UPLOADERS = 3;
/** Tasks that may be open: more would only wait. */
const MOST_OPEN = 12;
/** Milliseconds within which the rate has to be as before. */
const BOUND = 10_000;
/** Milliseconds over which a rate is measured. */
const WINDOW = isFull ? 4_000 : 2_000;

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

const terminate = (which: string) => () =>
  cluster.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and ${which}`,
  );

/** For milliseconds longer than any look of a subscriber is apart from the next one. */
async function beAway(): Promise<void> {
  await cluster.stop('fast');
  await wait(6_000);
  await cluster.start();
}

const SINGLE: typeof OUTAGES = [
  ['the backends of the pool killed', terminate(`application_name <> 'pgboss' and query not ilike 'listen%'`)],
  ['the backends of the queue killed', terminate(`application_name = 'pgboss'`)],
  ['restarted', () => cluster.stop('fast').then(cluster.start)],
];

/** What happens to the database, and its name in the table; the short form passes over what others include. */
const OUTAGES: [string, () => Promise<unknown>][] = [
  ...(isFull ? SINGLE : []),
  ['the LISTEN connections cut', terminate(`query ilike 'listen%'`)],
  ['every backend killed', terminate('true')],
  ['restarted without a goodbye', () => cluster.stop('immediate').then(cluster.start)],
  ['away for 6 s', beAway],
];

/** A steady load of small videos, each followed by a subscriber. */
function createLoad(api: TasksApi, follow: (id: string) => Promise<Story>, nextFile: () => VideoFile, indexId: string) {
  const stories = new Map<string, Promise<Story>>();
  const ended: number[] = [];
  let refused = 0;
  let over = false;
  async function upload(): Promise<void> {
    while (!over) {
      if (stories.size - ended.length >= MOST_OPEN) await until(() => over || stories.size - ended.length < MOST_OPEN);
      const made = await api.create(nextFile(), 'load', indexId).catch((error: { codes?: string[] }) => {
        // The one thing that may be said while the database is away.
        assert.deepEqual(error.codes, ['INTERNAL_SERVER_ERROR']);
        refused += 1;
      });
      if (!made) continue;
      assert.equal(made.__typename, 'Task');
      const story = follow(made.id).finally(() => ended.push(performance.now()));
      story.catch(() => {});
      stories.set(rowId(made.id), story);
    }
  }
  const uploaders = Array.from({ length: UPLOADERS }, upload);
  return {
    /** Tasks that ended in the milliseconds before a moment. */
    endedWithin: (moment: number) => ended.filter((at) => at > moment - WINDOW && at <= moment).length,
    async stop() {
      over = true;
      await Promise.all(uploaders);
      return { refused, stories };
    },
  };
}

it('the database goes away and comes back under load', async () => {
  const nextFile = await createVideoFiles(await makeClip({ seconds: 2, width: 160, height: 90 }));
  await using site = await createSite({ WORKER_CONCURRENCY: '4' }, cluster);
  const server = await site.start({ ROLE: 'api' });
  const worker = await site.start({ ROLE: 'worker' });
  const api = createTasksApi(server.url);
  const followers = createFollowers(server.url, 20);
  const load = createLoad(api, followers.follow, nextFile, await api.createIndex('load'));
  const recovered: { name: string; milliseconds: number }[] = [];
  for (let n = 0; n < TIMES; n += 1)
    for (const [name, happen] of OUTAGES) {
      await until(() => load.endedWithin(performance.now()) > 0);
      await wait(WINDOW);
      const usual = load.endedWithin(performance.now());
      await happen();
      const back = performance.now();
      // Whole windows of what has ended since count.
      await until(() => load.endedWithin(performance.now()) >= usual / 2 && performance.now() - back > WINDOW / 2);
      recovered.push({ name, milliseconds: performance.now() - back });
      for (const { child } of [server, worker])
        assert.deepEqual([child.exitCode, child.signalCode], [null, null], name);
    }
  const { refused, stories } = await load.stop();
  const told = await Promise.all(stories.values());
  for (const story of told) assertWholeStory(story);
  assert.deepEqual(followers.closed, []);
  await followers.close();
  const database = await site.openDatabase();
  try {
    await until(async () => (await countOpen(database)) === 0);
    for (const { end } of [server, worker]) assert.equal(await end('SIGTERM'), 0);
    const rows = await database.orm.select({ id: tasks.id }).from(tasks);
    const there = new Set(rows.map(({ id }) => id));
    for (const id of stories.keys()) assert.ok(there.has(id), 'a task that was answered is gone');
    await assertAtRest(site, database);
  } finally {
    await database.close();
  }
  const slowest = recovered.reduce((a, b) => (a.milliseconds > b.milliseconds ? a : b));
  await report({
    fault: `Postgres: ${OUTAGES.map(([name]) => name).join(', ')}`,
    required: 'the process lives; every subscriber reaches the final state; normal rate within 10 s',
    measured: `${TIMES} times each: no process died; ${told.length} of ${stories.size} subscribers were told every state up to READY; at the rate of before after ${(slowest.milliseconds / 1000).toFixed(1)} s at most (${slowest.name}); ${refused} uploads were refused meanwhile, none half`,
  });
  assert.ok(slowest.milliseconds <= BOUND, `${slowest.name}: ${slowest.milliseconds} ms`);
});
