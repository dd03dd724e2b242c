import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { and, eq } from 'drizzle-orm';
import { segments, videos } from '../../src/db/schema.ts';
import { indexVideo } from '../../src/domain/jobs.ts';
import { searchVideos } from '../../src/domain/search.ts';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { cancelTask, deleteTask, retryTask } from '../../src/domain/tasks.ts';
import { buryTask } from '../../src/jobs/bury-task.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { makePhotoClip } from '../helpers/clips.ts';
import { type PhotoName, photo } from '../helpers/photos.ts';
import { until } from '../helpers/until.ts';
import {
  createVideoIndex,
  goodClip,
  goodClips,
  TENANT,
  uploadFile,
  waitForEnd,
  waitForProgress,
} from '../helpers/uploads.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp({ workers: true });
});
after(() => test[Symbol.asyncDispose]());

for (const clip of await goodClips())
  it(`embeds ${basename(clip)} in segments of six seconds and a vector of the whole, and finds it by its own frames`, async () => {
    const { app } = test;
    const index = await createVideoIndex(app);
    const task = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
    assert.equal(task.status, 'READY');
    const history = await listTransitions(app.db, [task.id]);
    assert.deepEqual(
      history.map(({ status }) => status),
      ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'],
    );
    assert.deepEqual(
      { ...task.metadata, duration: Math.round(task.metadata?.duration ?? 0) },
      { duration: 30, filename: basename(clip), width: 854, height: 480, fps: 24, size: statSync(clip).size },
    );
    const [video] = await app.db.orm.select().from(videos).where(eq(videos.taskId, task.id));
    const rows = await app.db.orm
      .select()
      .from(segments)
      .where(and(eq(segments.videoId, video?.id ?? ''), eq(segments.modality, 'VISUAL')))
      .orderBy(segments.id);
    assert.deepEqual(
      rows.map(({ scope, startOffset, endOffset }) => [scope, startOffset, Math.round(endOffset)]),
      [...[0, 6, 12, 18, 24].map((start) => ['CLIP', start, start + 6]), ['VIDEO', 0, 30]],
    );
    for (const { embedding, thumbnail } of rows) {
      assert.equal(embedding?.length, 256);
      assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 0.01);
      const picture = await readFile(`${app.storage.proxyFolder(task.asset ?? '')}/${thumbnail}`);
      assert.deepEqual([...picture.subarray(0, 2)], [0xff, 0xd8]);
    }

    for (const moment of [2.5, 9, 20, 27]) {
      const { stdout } = await promisify(execFile)(
        app.media.tools.ffmpeg.path,
        ['-v', 'error', '-ss', String(moment), '-i', clip, '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', '-'],
        { encoding: 'buffer', maxBuffer: 2 ** 24 },
      );
      const query = { image: stdout };
      const { hits } = await searchVideos(app.db, app.models, TENANT, { indexIds: [index.id], query, page: {} });
      assert.ok(hits[0] && hits[0].startOffset <= moment && moment < hits[0].endOffset, `frame of ${moment} s`);
      assert.equal(hits.length, 5);
    }
  });

it('finds each photograph of a clip first by its name', async () => {
  const { app } = test;
  const shown: [PhotoName, string[]][] = [
    ['cat', ['cat', 'cats', 'Cat!']],
    ['espresso', ['an espresso cup', 'espresso', 'coffee']],
    ['rocket', ['rocket', 'a rocket']],
    ['motorcycle', ['motorcycle']],
  ];
  const index = await createVideoIndex(app);
  const clip = await makePhotoClip(shown.map(([name]) => ({ path: photo(name), seconds: 6 })));
  const task = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
  assert.equal(task.status, 'READY', task.failure?.message);
  for (const [place, [, queries]] of shown.entries())
    for (const text of queries) {
      const query = { text };
      const { hits } = await searchVideos(app.db, app.models, TENANT, { indexIds: [index.id], query, page: {} });
      assert.equal(hits[0]?.startOffset, 6 * place, text);
      assert.ok(hits.every(({ score }, n) => score >= 0 && score <= (hits[n - 1]?.score ?? 1)));
    }
});

it('never duplicates: a job that runs again after READY changes nothing', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, { modalities: ['VISUAL'] });
  const task = await waitForEnd(app, (await uploadFile(app, index.id, await goodClip())).id);
  await app.db.transaction((tx) => app.queue.enqueue(tx, indexVideo, task));
  const other = await waitForEnd(app, (await uploadFile(app, index.id, await goodClip())).id);
  assert.equal(other.status, 'READY');
  assert.equal(await app.db.orm.$count(videos, eq(videos.indexId, index.id)), 2);
  assert.equal(await app.db.orm.$count(segments, eq(segments.indexId, index.id)), 12);
});

it('a canceled task stops, leaves nothing behind, and can be retried', async () => {
  const { app } = test;
  const index = await createVideoIndex(app);
  const clip = await makePhotoClip([{ path: photo('cat'), seconds: 90 }], { width: 1280, height: 720 });
  const { id } = await uploadFile(app, index.id, clip);
  await waitForProgress(app, id, 'VALIDATING', 0.11);
  await app.db.transaction((tx) => cancelTask(tx, TENANT, id));
  const canceled = await waitForEnd(app, id);
  assert.equal(canceled.status, 'CANCELED');
  await app.db.transaction((tx) => retryTask(tx, app.queue, TENANT, id));
  const ready = await waitForEnd(app, id);
  assert.deepEqual([ready.status, ready.attempt], ['READY', 2]);
  const attempts = (await listTransitions(app.db, [id])).map(({ attempt, status }) => `${attempt} ${status}`);
  assert.deepEqual(attempts, [
    ...['1 VALIDATING', '1 CANCELED', '2 VALIDATING', '2 PENDING', '2 QUEUED', '2 INDEXING', '2 READY'],
  ]);
  assert.equal(await app.db.orm.$count(videos, eq(videos.taskId, id)), 1);
});

it('a task whose job used up its retries ends FAILED with INTERNAL, and can be retried', async () => {
  const { app } = test;
  const index = await createVideoIndex(app);
  const { id } = await uploadFile(app, index.id, await makePhotoClip([{ path: photo('espresso'), seconds: 60 }]));
  await buryTask(app, { job: 'video:validate', input: { id, attempt: 1 }, cause: new Error('the disk is full') });
  const failed = await waitForEnd(app, id);
  assert.equal(failed.failure?.code, 'INTERNAL');
  assert.doesNotMatch(failed.failure.message, /disk/);
  await app.db.transaction((tx) => retryTask(tx, app.queue, TENANT, id));
  assert.equal((await waitForEnd(app, id)).status, 'READY');
});

it('removes rows, vectors and bytes with the last task of an asset', async () => {
  const { app } = test;
  const index = await createVideoIndex(app);
  const clip = await makePhotoClip([{ path: photo('rocket'), seconds: 16 }]);
  const first = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
  const second = await waitForEnd(app, (await uploadFile(app, index.id, clip)).id);
  assert.equal(first.asset, second.asset);
  const asset = first.asset ?? '';
  await app.db.transaction((tx) => deleteTask(tx, app.queue, TENANT, first.id));
  assert.ok(await app.storage.hasAsset(asset));
  await app.db.transaction((tx) => deleteTask(tx, app.queue, TENANT, second.id));
  await until(async () => !(await app.storage.hasAsset(asset)) && !(await app.storage.hasProxy(asset)));
  assert.equal(await app.db.orm.$count(segments, eq(segments.indexId, index.id)), 0);
  await until(async () => (await readdir(join(app.env.DATA_DIR, 'tmp'))).length === 0);
});
