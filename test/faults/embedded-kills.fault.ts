import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { indexes } from '../../src/db/schema.ts';
import { until } from '../helpers/until.ts';
import { createRandom, isFull } from './extent.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi, rowId } from './tasks-api.ts';

const KILLS = isFull ? 50 : 2;
const WRITERS = 16;
/** Milliseconds after the first answer within which the process is killed. */
const LATEST = 400;

/** The processor is not switched off: what a process has handed to the system is on its way to the disk, killed or not. */
it('the embedded database is killed during writes, starts again, and has every committed row', async () => {
  const random = createRandom(4);
  await using site = await createSite({ MAX_INDEXES: '1000000' });
  const answered: string[] = [];
  let made = 0;
  let slowest = 0;
  for (let n = 0; n < KILLS; n += 1) {
    const began = performance.now();
    const server = await site.start();
    slowest = Math.max(slowest, performance.now() - began);
    const api = createTasksApi(server.url);
    const before = answered.length;
    const write = async () => {
      for (;;) {
        made += 1;
        const id = await api.createIndex(`index ${made}`).catch(() => undefined);
        if (!id) return;
        answered.push(id);
      }
    };
    const writers = Array.from({ length: WRITERS }, write);
    await until(() => answered.length > before);
    await wait(random() * LATEST);
    await server.end('SIGKILL');
    await Promise.all(writers);
  }
  const database = await site.openDatabase();
  try {
    const there = new Set((await database.orm.select({ id: indexes.id }).from(indexes)).map(({ id }) => id));
    const lost = answered.filter((id) => !there.has(rowId(id)));
    assert.deepEqual(lost, []);
    await report({
      fault: 'PGlite process killed during writes',
      required: 'starts again, all committed rows there',
      measured: `${KILLS} kills among ${WRITERS} writers: started again each time, in ${(slowest / 1000).toFixed(1)} s at most; ${answered.length} rows were answered, ${lost.length} lost`,
    });
  } finally {
    await database.close();
  }
});
