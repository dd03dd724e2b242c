import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { embeddingTasks, tasks } from '../../src/db/schema.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest, assertClaims } from './at-rest.ts';
import { createRandom, isFull } from './extent.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi, rowId, type TasksApi } from './tasks-api.ts';

const KILLS = isFull ? 50 : 2;
const AT_ONCE = 24;
/** Bytes of the largest file. Whether it is a video is found out later. */
const LARGEST = 2_000_000;
/** Milliseconds after some answers within which the server is killed. */
const LATEST = 250;

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

interface Upload {
  id: string;
  sha256: string;
}

/** Uploads one file after the other, and notes those that were answered, until the server does not answer. */
async function uploadOn(
  api: TasksApi,
  indexId: string | undefined,
  random: () => number,
  answered: Upload[],
): Promise<void> {
  for (;;) {
    const bytes = randomBytes(Math.floor(random() ** 3 * LARGEST));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const made = await api.create({ bytes, sha256 }, 'noise', indexId).catch(() => undefined);
    if (!made) return;
    assert.ok(made.id, `${made.code} ${made.message}`);
    answered.push({ id: rowId(made.id), sha256 });
  }
}

describe('SIGKILL of the server during uploads', { concurrency: true }, () => {
  for (const kind of ['Postgres', 'the embedded database'] as const)
    it(kind, async () => {
      const random = createRandom(3);
      await using site = await createSite({}, kind === 'Postgres' ? cluster : undefined);
      const answered: Upload[] = [];
      let indexId = '';
      for (let n = 0; n < KILLS; n += 1) {
        const server = await site.start();
        const api = createTasksApi(server.url);
        indexId ||= await api.createIndex('noise');
        const before = answered.length;
        const uploads = Array.from({ length: AT_ONCE }, (_, k) =>
          uploadOn(api, k % 4 ? indexId : undefined, random, answered),
        );
        const enough = before + 1 + Math.floor(random() * AT_ONCE);
        await until(() => answered.length >= enough);
        await wait(random() * LATEST);
        await server.end('SIGKILL');
        await Promise.all(uploads);
      }
      const atKill = await site.openDatabase();
      const claimed = await assertClaims(site, atKill).finally(() => atKill.close());
      // Now the rest may come to its end.
      const server = await site.start();
      const { countOpen } = createTasksApi(server.url);
      await until(async () => (await countOpen()) === 0);
      assert.equal(await server.end('SIGTERM'), 0);
      const database = await site.openDatabase();
      try {
        const rows = [
          ...(await database.orm.select({ id: tasks.id }).from(tasks)),
          ...(await database.orm.select({ id: embeddingTasks.id }).from(embeddingTasks)),
        ];
        const there = new Set(rows.map(({ id }) => id));
        for (const { id } of answered) assert.ok(there.has(id), 'a task that was answered is gone');
        const { swept } = await assertAtRest(site, database);
        await report({
          fault: `SIGKILL of the server during uploads (${kind})`,
          required: 'no row claims bytes that do not hash to its name; a sweep removes the rest',
          measured: `${KILLS} kills among ${AT_ONCE} uploads at once: ${claimed} rows, all right; ${answered.length} answered, 0 of them lost; ${swept} leftovers, 0 after the sweep`,
        });
      } finally {
        await database.close();
      }
    });
});
