import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { tasks } from '../../src/db/schema.ts';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest } from './at-rest.ts';
import { createRandom, isFull } from './extent.ts';
import { createFollowers } from './followers.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi, rowId } from './tasks-api.ts';
import { createVideoFiles } from './video-files.ts';

const TIMES = isFull ? 10 : 1;
const TASKS = 4;
const SUBSCRIBERS = 10;
const BOUND = 10_000;

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

/** An upload that never ends: a byte now and then. Resolves to how the connection ended. */
function uploadForever(url: string, indexId: string): Promise<string> {
  const boundary = 'endless';
  const field = (name: string, value: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { __typename } }';
  const variables = { input: { indexId, videoFile: null } };
  const sent = request(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'graphql-require-preflight': '1' },
  });
  sent.write(
    field('operations', JSON.stringify({ query, variables })) + field('map', '{"0":["variables.input.videoFile"]}'),
  );
  sent.write(`--${boundary}\r\ncontent-disposition: form-data; name="0"; filename="a.mp4"\r\n\r\n`);
  const timer = setInterval(() => sent.write(randomBytes(1000)), 20);
  const ended = once(sent, 'response').then(
    ([response]) => `status ${response.statusCode}`,
    (error) => error.code as string,
  );
  return ended.finally(() => {
    clearInterval(timer);
    sent.destroy();
  });
}

/** Asks one question after the other until the server is gone; counts the answers. */
async function askOn(api: ReturnType<typeof createTasksApi>): Promise<number> {
  for (let answers = 0; ; answers += 1) if ((await api.countOpen().catch(() => -1)) < 0) return answers;
}

describe('SIGTERM under load', { concurrency: true }, () => {
  for (const kind of ['Postgres', 'the embedded database'] as const)
    it(kind, async () => {
      const random = createRandom(5);
      const nextFile = await createVideoFiles(await makeClip({ seconds: 16, width: 480, height: 270, scenes: 2 }));
      await using site = await createSite({ WORKER_CONCURRENCY: '4' }, kind === 'Postgres' ? cluster : undefined);
      const made: string[] = [];
      const took: number[] = [];
      let answers = 0;
      let server = await site.start();
      let api = createTasksApi(server.url);
      const indexId = await api.createIndex('load', ['VISUAL', 'TEXT_IN_VIDEO']);
      for (let n = 0; n < TIMES; n += 1) {
        const followers = createFollowers(server.url, SUBSCRIBERS);
        const created = await Promise.all(Array.from({ length: TASKS }, () => api.create(nextFile(), 'load', indexId)));
        made.push(...created.map(({ id }) => rowId(id)));
        const stories = Promise.allSettled(created.map(({ id }) => followers.follow(id)));
        const uploads = Promise.all([uploadForever(server.url, indexId), uploadForever(server.url, indexId)]);
        const asking = Promise.all([askOn(api), askOn(api)]);
        await wait(300 + random() * 1_500);
        const began = performance.now();
        assert.equal(await server.end('SIGTERM'), 0);
        took.push((performance.now() - began) / 1000);
        for (const ending of await uploads) assert.match(ending, /^(ECONNRESET|EPIPE|ECONNREFUSED)$/);
        answers += (await asking).reduce((sum, count) => sum + count, 0);
        await stories;
        assert.deepEqual(
          followers.closed,
          Array.from({ length: SUBSCRIBERS }, () => 1001),
        );
        await followers.close();
        server = await site.start();
        api = createTasksApi(server.url);
        await until(async () => (await api.countOpen()) === 0);
      }
      assert.equal(await server.end('SIGTERM'), 0);
      const database = await site.openDatabase();
      try {
        const rows = await database.orm.select().from(tasks);
        assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(made));
        for (const { status, attempt } of rows) assert.deepEqual([status, attempt], ['READY', 1]);
        await assertAtRest(site, database);
      } finally {
        await database.close();
      }
      await report({
        fault: `SIGTERM under load (${kind})`,
        required: 'no job lost, clean exit within 10 s',
        measured: `${TIMES} times with ${TASKS} videos, 2 uploads, ${SUBSCRIBERS} subscribers and ${Math.round(answers / TIMES)} queries: exit 0 after ${Math.max(...took).toFixed(1)} s at most, sockets closed with 1001; ${rowsReady(made)} READY after the restart`,
      });
      for (const seconds of took) assert.ok(seconds * 1000 <= BOUND, `${seconds} s`);
    });
});

function rowsReady(made: readonly string[]): string {
  return `all ${made.length}`;
}
