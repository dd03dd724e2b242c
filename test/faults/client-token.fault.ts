import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it } from 'node:test';
import { assets, tasks } from '../../src/db/schema.ts';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest } from './at-rest.ts';
import { isFull } from './extent.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi, rowId } from './tasks-api.ts';
import { createVideoFiles } from './video-files.ts';

const CONNECTIONS = 50;
const TOKENS = isFull ? 20 : 1;

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

for (const kind of ['Postgres', 'the embedded database'] as const)
  it(`one client token from ${CONNECTIONS} connections is one task on ${kind}`, async () => {
    const nextFile = await createVideoFiles(await makeClip({ seconds: 2, width: 160, height: 90 }));
    await using site = await createSite({}, kind === 'Postgres' ? cluster : undefined);
    const server = await site.start();
    const api = createTasksApi(server.url);
    const indexId = await api.createIndex('tokens');
    const made: string[] = [];
    for (let n = 0; n < TOKENS; n += 1) {
      const file = nextFile();
      const clientToken = randomUUID();
      // The client takes a connection for each request.
      const answers = await Promise.all(
        Array.from({ length: CONNECTIONS }, () => api.create(file, 'same', indexId, { clientToken })),
      );
      assert.deepEqual(new Set(answers.map(({ __typename }) => __typename)), new Set(['Task']));
      const ids = new Set(answers.map(({ id }) => rowId(id)));
      assert.equal(ids.size, 1);
      made.push(...ids);
    }
    await until(async () => (await api.countOpen()) === 0);
    assert.equal(await server.end('SIGTERM'), 0);
    const database = await site.openDatabase();
    try {
      const rows = await database.orm.select().from(tasks);
      assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(made));
      assert.equal(await database.orm.$count(assets), TOKENS);
      await assertAtRest(site, database);
    } finally {
      await database.close();
    }
    await report({
      fault: `one client token from ${CONNECTIONS} connections (${kind})`,
      required: '1 task',
      measured: `${TOKENS} tokens: ${rowsOf(made)}, ${CONNECTIONS} equal answers and 1 asset each`,
    });
  });

function rowsOf(made: readonly string[]): string {
  return made.length === TOKENS ? '1 task' : `${made.length} tasks`;
}
