import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, it } from 'node:test';
import { eq } from 'drizzle-orm';
import { type EmbeddingRow, type EmbeddingTaskRow, embeddings } from '../../src/db/schema.ts';
import type { EmbeddingWishes } from '../../src/domain/embedding-settings.ts';
import { cancelEmbeddingTask, deleteEmbeddingTask } from '../../src/domain/embedding-tasks.ts';
import { buryTask } from '../../src/jobs/bury-task.ts';
import { runEmbedVideo } from '../../src/jobs/embed-video.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { brokenClips, makeClip, makePhotoClip } from '../helpers/clips.ts';
import { embedFile, waitForEmbedding } from '../helpers/embedding-tasks.ts';
import { photo } from '../helpers/photos.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, goodClip, goodClips, uploadFile, waitForEnd } from '../helpers/uploads.ts';
import { cosine } from '../helpers/vectors.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp({ workers: true, env: { MAX_UPLOAD_SIZE: 50_000_000 } });
});
after(() => test[Symbol.asyncDispose]());

const context = () => ({ signal: new AbortController().signal, log: test.app.log });
const run = async (path: string, wishes?: EmbeddingWishes): Promise<EmbeddingTaskRow> =>
  waitForEmbedding(test.app, (await embedFile(test.app, path, wishes)).id);
const rowsOf = (task: EmbeddingTaskRow): Promise<EmbeddingRow[]> =>
  test.app.db.orm.select().from(embeddings).where(eq(embeddings.embeddingTaskId, task.id)).orderBy(embeddings.id);
const spans = (rows: EmbeddingRow[]) => rows.map((row) => [row.scope, row.startOffset, Math.round(row.endOffset)]);

for (const clip of await goodClips())
  it(`embeds ${basename(clip)} in clips and as a whole, with a thumbnail for each`, async () => {
    const task = await run(clip, { scopes: ['CLIP', 'VIDEO'], clipLength: 8 });
    assert.equal(task.status, 'READY', task.failure?.message);
    assert.deepEqual([task.progress, task.metadata?.width, task.metadata?.filename], [1, 854, basename(clip)]);
    const rows = await rowsOf(task);
    assert.deepEqual(spans(rows), [
      ['CLIP', 0, 8],
      ['CLIP', 8, 16],
      ['CLIP', 16, 24],
      ['CLIP', 24, 30],
      ['VIDEO', 0, 30],
    ]);
    for (const { modality, embedding, thumbnail } of rows) {
      assert.equal(modality, 'VISUAL');
      assert.equal(embedding?.length, 256);
      assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-5);
      const picture = await readFile(join(test.app.storage.proxyFolder(task.asset ?? ''), thumbnail ?? ''));
      assert.deepEqual([...picture.subarray(0, 2)], [0xff, 0xd8]);
    }
  });

it('embeds a part: its clips are those of the whole, and its rest under 2 seconds is dropped', async () => {
  const clip = await goodClip();
  const whole = await rowsOf(await run(clip));
  const part = await run(clip, { startOffset: 6, endOffset: 19.5, scopes: ['CLIP', 'VIDEO'] });
  const rows = await rowsOf(part);
  assert.deepEqual(spans(rows), [
    ['CLIP', 6, 12],
    ['CLIP', 12, 18],
    ['VIDEO', 6, 20],
  ]);
  assert.equal(rows[2]?.endOffset, 19.5);
  for (const [n, row] of rows.slice(0, 2).entries()) {
    const same = whole[n + 1]?.embedding;
    assert.ok(row.embedding && same && cosine(row.embedding, same) > 0.9999);
    assert.equal(row.thumbnail, whole[n + 1]?.thumbnail);
  }
  const short = await rowsOf(await run(clip, { startOffset: 7.25, endOffset: 8 }));
  assert.deepEqual(
    short.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
    [[7.25, 8]],
  );
  assert.ok(short[0]?.embedding);
});

it('takes what no index would: a small, short clip without sound', async () => {
  const task = await run(await makeClip({ seconds: 3, width: 160, height: 120, audio: false }), { clipLength: 2 });
  assert.equal(task.status, 'READY', task.failure?.message);
  assert.deepEqual(spans(await rowsOf(task)), [['CLIP', 0, 2]]);
});

it('says why a file cannot be embedded, and keeps none of its bytes', async () => {
  const cases = [
    [brokenClips.text, {}, 'BROKEN_VIDEO_FILE'],
    [brokenClips.playlist, {}, 'BROKEN_VIDEO_FILE'],
    [brokenClips.audioOnly, {}, 'BROKEN_VIDEO_FILE'],
    [brokenClips.cutOff, {}, 'BROKEN_VIDEO_FILE'],
    [brokenClips.silent, { startOffset: 10, endOffset: 16.5 }, 'VIDEO_DURATION_TOO_SHORT'],
  ] as const;
  for (const [make, wishes, code] of cases) {
    const path = await make();
    const { asset } = await embedFile(test.app, path, wishes);
    const task = await run(path, wishes);
    assert.deepEqual([task.status, task.failure?.code, task.asset], ['FAILED', code, null], path);
    if (code !== 'VIDEO_DURATION_TOO_SHORT') continue;
    assert.deepEqual([task.failure?.actual, task.failure?.allowed], ['16 s', 'at least 16.5 s']);
    assert.equal(task.metadata?.duration, 16);
    await until(async () => !(await test.app.storage.hasAsset(asset ?? '')));
  }
});

it('never duplicates: a job that runs twice, at once or again, leaves one set of results', async () => {
  const { app } = test;
  const { id } = await embedFile(app, await goodClip());
  await Promise.all([runEmbedVideo(app, { id }, context()), runEmbedVideo(app, { id }, context())]);
  const task = await waitForEmbedding(app, id);
  await runEmbedVideo(app, { id }, context());
  assert.deepEqual([task.status, task.version, (await rowsOf(task)).length], ['READY', 2, 5]);
});

it('a worker that stops hands the work back unfinished, and the next one finishes it', async () => {
  await using other = await createTestApp();
  const { app } = other;
  const { id } = await embedFile(app, await makePhotoClip([{ path: photo('cat'), seconds: 90 }]));
  const stopping = new AbortController();
  const begun = waitForEmbedding(app, id, ({ progress }) => progress > 0.12).then(() =>
    stopping.abort(new Error('stop')),
  );
  await assert.rejects(runEmbedVideo(app, { id }, { signal: stopping.signal, log: app.log }));
  await begun;
  assert.equal((await waitForEmbedding(app, id, () => true)).status, 'PROCESSING');
  await runEmbedVideo(app, { id }, { signal: new AbortController().signal, log: app.log });
  assert.equal((await waitForEmbedding(app, id)).status, 'READY');
});

it('a canceled one stops, and leaves nothing behind', async () => {
  const { app } = test;
  const clip = await makePhotoClip([{ path: photo('espresso'), seconds: 90 }], { width: 1280, height: 720 });
  const { id, asset } = await embedFile(app, clip);
  await waitForEmbedding(app, id, ({ progress }) => progress > 0.11);
  await app.db.transaction((tx) => cancelEmbeddingTask(tx, app.queue, 'default', id));
  const canceled = await waitForEmbedding(app, id);
  assert.deepEqual([canceled.status, await rowsOf(canceled)], ['CANCELED', []]);
  await until(async () => (await readdir(join(app.env.DATA_DIR, 'tmp'))).length === 0);
  await until(async () => !(await app.storage.hasAsset(asset ?? '')));
  assert.equal(await app.storage.hasProxy(asset ?? ''), false);
});

it('one whose job used up its retries ends FAILED with INTERNAL', async () => {
  const { app } = test;
  const { id } = await embedFile(app, await makePhotoClip([{ path: photo('rocket'), seconds: 60 }]));
  await buryTask(app, { job: 'video:embed', input: { id }, cause: new Error('the disk is full') });
  const { status, failure } = await waitForEmbedding(app, id);
  assert.deepEqual([status, failure?.code], ['FAILED', 'INTERNAL']);
  assert.doesNotMatch(failure?.message ?? '', /disk/);
});

it('shares bytes and proxy with a video of the same content, which stay until both are gone', async () => {
  const { app } = test;
  const clip = await makePhotoClip([{ path: photo('motorcycle'), seconds: 16 }]);
  const index = await createVideoIndex(app);
  const video = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
  const task = await run(clip);
  assert.deepEqual([task.status, task.asset], ['READY', video.asset]);
  await app.db.transaction((tx) => deleteEmbeddingTask(tx, app.queue, 'default', task.id));
  assert.deepEqual(await rowsOf(task), []);
  assert.ok(await app.storage.hasProxy(video.asset ?? ''));
});
