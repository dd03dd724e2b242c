import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { transcripts, videos } from '../../src/db/schema.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addVideos, proceed, reread, start, store } from '../helpers/reindexes.ts';
import { addIndex } from '../helpers/tasks.ts';

let testApp: TestApp;
let app: App;
before(async () => {
  testApp = await createTestApp();
  app = testApp.app;
});
after(() => testApp[Symbol.asyncDispose]());

test('what the new model hears is the transcript from the swap on, except where words came with the video', async () => {
  const index = await addIndex(app);
  const [given, heard, silent, unheard] = await addVideos(app, index, 4);
  assert.ok(given && heard && silent && unheard);
  const lines = (text: string) => [{ startOffset: 0, endOffset: 1, text }];
  await app.db.orm.insert(transcripts).values([
    { taskId: given.taskId, source: 'FILE', lines: lines('given') },
    { taskId: heard.taskId, source: 'SPEECH', lines: lines('misheard') },
    { taskId: unheard.taskId, source: 'SPEECH', lines: lines('kept') },
  ]);
  const reindex = await start(app, index);
  const read = async () => {
    const rows = await app.db.orm
      .select({ id: videos.id, language: videos.language, lines: transcripts.lines })
      .from(videos)
      .leftJoin(transcripts, eq(transcripts.taskId, videos.taskId))
      .where(eq(videos.indexId, index.id));
    const byId = new Map(rows.map((row) => [row.id, [row.lines?.[0]?.text, row.language]]));
    return [given, heard, silent, unheard].map(({ id }) => byId.get(id));
  };
  const former = [
    ['given', null],
    ['misheard', null],
    [undefined, null],
    ['kept', null],
  ];
  await store(app, reindex, given);
  await store(app, reindex, heard, { lines: lines('well heard'), language: 'de' });
  await store(app, reindex, silent, { lines: lines('whispered'), language: 'fr' });
  await store(app, reindex, unheard);
  assert.deepEqual(await read(), former);
  await proceed(app, reindex);
  assert.equal((await reread(app, reindex)).status, 'READY');
  assert.deepEqual(await read(), [
    ['given', null],
    ['well heard', 'de'],
    ['whispered', 'fr'],
    ['kept', null],
  ]);
});
