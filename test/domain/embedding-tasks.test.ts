import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { embeddings, embeddingTasks } from '../../src/db/schema.ts';
import { endEmbeddingTask, findEmbeddingRun, noteEmbeddingTask } from '../../src/domain/advance-embedding-task.ts';
import { StaleTaskError } from '../../src/domain/advance-task.ts';
import { findAsset } from '../../src/domain/assets.ts';
import { chooseSettings } from '../../src/domain/embedding-settings.ts';
import {
  cancelEmbeddingTask,
  createEmbeddingTask,
  deleteEmbeddingTask,
  findEmbeddingTasks,
  removeOldEmbeddingTasks,
} from '../../src/domain/embedding-tasks.ts';
import { countEmbeddings } from '../../src/domain/embeddings.ts';
import { deleteVideo } from '../../src/domain/videos.ts';
import { ConflictError, NotFoundError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addEmbeddingTask, completeEmbedding } from '../helpers/embedding-tasks.ts';
import { addIndex, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp();
});
after(() => test[Symbol.asyncDispose]());

const failure = { code: 'INTERNAL', message: 'It broke.', actual: null, allowed: null } as const;
const end = (id: string, status: 'READY' | 'FAILED' | 'CANCELED') =>
  test.app.db.transaction((tx) =>
    endEmbeddingTask(tx, test.app.queue, id, status, status === 'FAILED' ? { failure } : {}),
  );
const age = (id: string, seconds: number) =>
  test.app.db.orm
    .update(embeddingTasks)
    .set({ updatedAt: sql`clock_timestamp() - make_interval(secs => ${seconds}::double precision)` })
    .where(sql`${embeddingTasks.id} = ${id}`);
const sweep = (seconds: number, most = 100) =>
  test.app.db.transaction((tx) => removeOldEmbeddingTasks(tx, test.app.queue, { age: seconds, most }));

it('ends once, with a version and a time of its own', async () => {
  const begun = await addEmbeddingTask(test.app);
  assert.deepEqual([begun.status, begun.version, begun.progress, begun.source], ['PROCESSING', 1, 0.1, 'FILE']);
  const ready = await completeEmbedding(test.app, begun, [segment(0, vectorAt(0.5))]);
  assert.deepEqual([ready.status, ready.version, ready.progress, ready.asset], ['READY', 2, 1, begun.asset]);
  assert.ok(ready.updatedAt > begun.updatedAt);
  await assert.rejects(end(begun.id, 'FAILED'), StaleTaskError);
  await assert.rejects(completeEmbedding(test.app, begun), StaleTaskError);
  assert.equal((await countEmbeddings(test.app.db, {}, [begun.id])).get(begun.id), 1);
});

it('progress never goes back, and is not noted any more once the work is over', async () => {
  const { id } = await addEmbeddingTask(test.app);
  const note = (progress: number) => test.app.db.transaction((tx) => noteEmbeddingTask(tx, id, { progress }));
  assert.equal((await note(0.5)).progress, 0.5);
  assert.equal((await note(0.3)).progress, 0.5);
  await end(id, 'CANCELED');
  await assert.rejects(note(0.9), StaleTaskError);
});

it('bytes that arrive once more, from a worker that was held for dead, take no place and leave nothing', async () => {
  const begun = await addEmbeddingTask(test.app);
  const asset = { sha256: createHash('sha256').update(randomUUID()).digest('hex'), size: 1 };
  const arrive = test.app.db.transaction((tx) => noteEmbeddingTask(tx, begun.id, { progress: 0.1, asset }));
  await assert.rejects(arrive, StaleTaskError);
  assert.equal((await findEmbeddingRun(test.app.db, begun.id))?.asset, begun.asset);
  assert.equal(await findAsset(test.app.db, asset.sha256), undefined);
});

it('what failed or was canceled gives up its bytes at once', async () => {
  for (const status of ['FAILED', 'CANCELED'] as const) {
    const begun = await addEmbeddingTask(test.app);
    const ended = await end(begun.id, status);
    assert.deepEqual([ended.asset, ended.failure], [null, status === 'FAILED' ? failure : null]);
    assert.equal(await findAsset(test.app.db, begun.asset ?? ''), undefined);
  }
});

it('the same token and input bring back the same task, also for 50 requests at once; other input is refused', async () => {
  const settings = chooseSettings(await test.app.models.list(), {});
  const create = (inputDigest: string, tenant = 'default') =>
    test.app.db.transaction((tx) =>
      createEmbeddingTask(tx, test.app.queue, tenant, {
        source: { url: 'http://videos.example/a.mp4' },
        settings,
        clientToken: 'once',
        inputDigest,
      }),
    );
  const ids = await Promise.all(Array.from({ length: 50 }, async () => (await create('one')).id));
  assert.equal(new Set(ids).size, 1);
  await assert.rejects(create('two'), ConflictError);
  assert.notEqual((await create('two', 'other')).id, ids[0]);
  await test.app.db.orm
    .update(embeddingTasks)
    .set({ createdAt: sql`clock_timestamp() - interval '24 hours 1 second'` })
    .where(sql`${embeddingTasks.id} = ${ids[0]}`);
  assert.notEqual((await create('two')).id, ids[0]);
});

it('is canceled while it is PROCESSING and deleted afterwards, by its own tenant only', async () => {
  const { db, queue } = test.app;
  const { id } = await addEmbeddingTask(test.app);
  const cancel = (key: string, tenant = 'default') =>
    db.transaction((tx) => cancelEmbeddingTask(tx, queue, tenant, key));
  const remove = (key: string, tenant = 'default') =>
    db.transaction((tx) => deleteEmbeddingTask(tx, queue, tenant, key));
  for (const work of [cancel, remove]) {
    await assert.rejects(work('nonsense'), NotFoundError);
    await assert.rejects(work(randomUUID()), NotFoundError);
    await assert.rejects(work(id, 'other'), NotFoundError);
  }
  await assert.rejects(remove(id), ConflictError);
  assert.equal((await cancel(id)).status, 'CANCELED');
  await assert.rejects(cancel(id), ConflictError);
  await remove(id);
  assert.equal(await findEmbeddingRun(db, id), undefined);
  assert.deepEqual(await findEmbeddingTasks(db, 'default', [id, 'nonsense']), []);
});

it('an asset stays until the last one that refers to it goes: an embedding task or a video', async () => {
  const { app } = test;
  const { video } = await addVideo(app, (await addIndex(app)).id);
  const shared = await completeEmbedding(app, await addEmbeddingTask(app, { sha256: video.asset }));
  const other = await completeEmbedding(app, await addEmbeddingTask(app, { sha256: video.asset }));
  await app.db.transaction((tx) => deleteEmbeddingTask(tx, app.queue, 'default', shared.id));
  assert.ok(await findAsset(app.db, video.asset));
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', video.id));
  assert.ok(await findAsset(app.db, video.asset));
  await age(other.id, 100);
  await sweep(50);
  assert.equal(await findAsset(app.db, video.asset), undefined);
});

it('the old ones go in batches with their vectors; the young and the unfinished stay', async () => {
  const { app } = test;
  await sweep(0);
  const old = await Promise.all(
    Array.from({ length: 5 }, async () =>
      completeEmbedding(app, await addEmbeddingTask(app), [segment(0, vectorAt(0)), segment(6, vectorAt(1))]),
    ),
  );
  for (const { id } of old) await age(id, 3600);
  const young = await completeEmbedding(app, await addEmbeddingTask(app));
  const unfinished = await addEmbeddingTask(app);
  await age(unfinished.id, 3600);
  assert.deepEqual([await sweep(1800, 3), await sweep(1800, 3), await sweep(1800, 3)], [3, 2, 0]);
  const ids = [...old, young, unfinished].map(({ id }) => id);
  const left = await findEmbeddingTasks(app.db, 'default', ids);
  assert.deepEqual(new Set(left.map(({ id }) => id)), new Set([young.id, unfinished.id]));
  assert.equal(await app.db.orm.$count(embeddings, sql`embedding_task_id = ${old[0]?.id}`), 0);
  for (const { asset } of old) assert.equal(await findAsset(app.db, asset ?? ''), undefined);
});

it('several workers sweep side by side', async () => {
  const { app } = test;
  const sha256 = createHash('sha256').update(randomUUID()).digest('hex');
  for (let n = 0; n < 12; n += 1)
    await age((await completeEmbedding(app, await addEmbeddingTask(app, { sha256 }))).id, 3600);
  const removed = await Promise.all(Array.from({ length: 6 }, () => sweep(1800, 5)));
  const rest = await sweep(1800);
  assert.equal(
    removed.reduce((sum, count) => sum + count, rest),
    12,
  );
  assert.equal(await findAsset(app.db, sha256), undefined);
});
