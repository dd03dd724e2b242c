import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { and, eq, inArray } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type ReindexRow, reindexVideos, segments, type VideoRow, videos } from '../../src/db/schema.ts';
import { StaleTaskError } from '../../src/domain/advance-task.ts';
import { findIndex } from '../../src/domain/indexes.ts';
import { findReindexWork, removeStaleSegments } from '../../src/domain/reindex-videos.ts';
import { completeTask } from '../../src/domain/segments.ts';
import { findTasks } from '../../src/domain/tasks.ts';
import { listTranscriptLines } from '../../src/domain/transcripts.ts';
import { deleteVideo, findVideosOfTasks } from '../../src/domain/videos.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addVideos, countByModel, proceed, reread, start, store } from '../helpers/reindexes.ts';
import { addIndex, addTask, addVideo, complete, segment, validate, vectorAt } from '../helpers/tasks.ts';

let testApp: TestApp;
let app: App;
before(async () => {
  testApp = await createTestApp();
  app = testApp.app;
});
after(() => testApp[Symbol.asyncDispose]());

/** How many videos a reindex has taken up. */
const taken = ({ id }: ReindexRow) => app.db.orm.$count(reindexVideos, eq(reindexVideos.reindexId, id));

test('videos are taken up a bounded number at a time, and each counts once however often it is stored', async () => {
  const index = await addIndex(app);
  const all = await addVideos(app, index, 40);
  const reindex = await start(app, index);
  assert.deepEqual([reindex.status, reindex.total, reindex.done, await taken(reindex)], ['RUNNING', 40, 0, 32]);
  for (const [n, video] of all.entries()) {
    assert.ok(await findReindexWork(app.db, { reindexId: reindex.id, videoId: video.id }), `video ${n}`);
    await Promise.all([store(app, reindex, video), store(app, reindex, video)]);
    await store(app, reindex, video);
    await Promise.all([proceed(app, reindex), proceed(app, reindex)]);
    const now = await reread(app, reindex);
    assert.deepEqual([now.done, now.total], [n + 1, 40]);
    if (n === 14) assert.equal(await taken(reindex), 32);
    if (n === 15) assert.equal(await taken(reindex), 40);
    if (n < 39) assert.equal((await findIndex(app.db, 'default', index.id))?.model, 'builtin');
  }
  const ready = await reread(app, reindex);
  assert.deepEqual([ready.status, ready.done, await taken(reindex)], ['READY', 40, 0]);
  assert.equal(ready.version, 41 + 1);
  assert.deepEqual(await countByModel(app, index), { builtin: 40, other: 80 });
  while ((await removeStaleSegments(app.db, { indexId: index.id, model: 'builtin' })) > 0);
  assert.equal(await removeStaleSegments(app.db, { indexId: index.id, model: 'other' }), 0);
  assert.deepEqual(await countByModel(app, index), { other: 80 });
});

test('videos that are new meanwhile are embedded before the swap, and deleted ones do not hold it up', async () => {
  const index = await addIndex(app);
  const [first, second] = await addVideos(app, index, 2);
  assert.ok(first && second);
  const reindex = await start(app, index);
  const [third] = await addVideos(app, index, 1);
  assert.ok(third);
  await store(app, reindex, first);
  await proceed(app, reindex);
  assert.equal((await reread(app, reindex)).total, 3);
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', first.id));
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', second.id));
  // The job of the deleted video finds nothing to do but this.
  assert.equal(await findReindexWork(app.db, { reindexId: reindex.id, videoId: second.id }), undefined);
  await store(app, reindex, second);
  await proceed(app, reindex);
  const { status, done, total } = await reread(app, reindex);
  assert.deepEqual([status, done, total], ['RUNNING', 0, 1]);
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', third.id));
  await proceed(app, reindex);
  const ready = await reread(app, reindex);
  assert.deepEqual([ready.status, ready.done, ready.total], ['READY', 0, 0]);
});

test('a task that was embedded with the former model is not completed, and stays INDEXING', async () => {
  const index = await addIndex(app);
  const task = await validate(app, await addTask(app, index.id));
  assert.equal((await start(app, index)).status, 'READY');
  const outdated = { index, thumbnail: null, segments: [segment(0, vectorAt(0))] };
  await assert.rejects(
    app.db.transaction((tx) => completeTask(tx, task, outdated)),
    StaleTaskError,
  );
  assert.deepEqual(await findTasks(app.db, 'default', [task.id]), [task]);
  assert.equal((await complete(app, task, outdated.segments)).status, 'READY');
  assert.deepEqual(await countByModel(app, index), { other: 1 });
});

test('videos that come, go and are embedded at the same time end in one swap without a video left behind', async () => {
  const index = await addIndex(app);
  const all = await addVideos(app, index, 12);
  const reindex = await start(app, index);
  const work = async (video: VideoRow) => {
    const heard = [{ startOffset: 0, endOffset: 1, text: video.id }];
    await store(app, reindex, video, { lines: heard, language: 'en' });
    await proceed(app, reindex);
  };
  const remove = (video: VideoRow) =>
    app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', video.id)).then(() => proceed(app, reindex));
  await Promise.all([
    // One is left, so that the swap waits for those that come.
    ...all.slice(1).map(work),
    ...all.slice(1, 5).map(remove),
    ...Array.from({ length: 4 }, () => addVideo(app, index.id, { segments: [segment(0, vectorAt(0))] })),
  ]);
  for (let now = await reread(app, reindex); now.status === 'RUNNING'; now = await reread(app, reindex)) {
    const open = await app.db.orm
      .select()
      .from(videos)
      .innerJoin(reindexVideos, eq(reindexVideos.videoId, videos.id))
      .where(and(eq(reindexVideos.reindexId, reindex.id), eq(reindexVideos.done, false)));
    await Promise.all(open.map((row) => work(row.videos)));
  }
  const left = await app.db.orm.select().from(videos).where(eq(videos.indexId, index.id));
  assert.equal(left.length, 12);
  const rows = await app.db.orm
    .selectDistinct({ videoId: segments.videoId })
    .from(segments)
    .where(
      and(
        inArray(
          segments.videoId,
          left.map(({ id }) => id),
        ),
        eq(segments.model, 'other'),
      ),
    );
  assert.equal(rows.length, 12);
  const spoken = await listTranscriptLines(
    app.db,
    left.map(({ id }) => id),
  );
  assert.deepEqual(
    spoken.map(([line]) => line?.text),
    left.map(({ id }) => id),
  );
});

test('a video that is completed at the moment of the swap is either embedded anew or refused', async () => {
  for (let n = 0; n < 10; n += 1) {
    const index = await addIndex(app);
    const [video] = await addVideos(app, index, 1);
    const task = await validate(app, await addTask(app, index.id));
    const reindex = await start(app, index);
    assert.ok(video);
    await store(app, reindex, video);
    const result = { index, thumbnail: null, segments: [segment(0, vectorAt(0))] };
    const [completed] = await Promise.allSettled([
      app.db.transaction((tx) => completeTask(tx, task, result)),
      proceed(app, reindex),
    ]);
    if (completed.status === 'rejected') {
      assert.ok(completed.reason instanceof StaleTaskError, String(completed.reason));
      await complete(app, task, result.segments);
    } else {
      const { status } = await reread(app, reindex);
      assert.equal(status, 'RUNNING');
      const [added] = await findVideosOfTasks(app.db, [task.id]);
      assert.ok(added);
      await store(app, reindex, added);
      await proceed(app, reindex);
    }
    assert.equal((await reread(app, reindex)).status, 'READY');
    const { other } = await countByModel(app, index);
    assert.equal(other, completed.status === 'rejected' ? 3 : 4);
  }
});
