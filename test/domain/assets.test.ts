import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import type { TaskRow } from '../../src/db/schema.ts';
import { advance, StaleTaskError } from '../../src/domain/advance-task.ts';
import { type Asset, claimAsset, findAsset, removeUnclaimed } from '../../src/domain/assets.ts';
import { deleteIndex } from '../../src/domain/indexes.ts';
import { createTask, deleteTask } from '../../src/domain/tasks.ts';
import { deleteVideo } from '../../src/domain/videos.ts';
import { NotFoundError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, complete, step, validate } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let indexId: string;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  indexId = (await addIndex(app)).id;
});
after(() => opened[Symbol.asyncDispose]());

function newAsset(): Asset {
  return { sha256: createHash('sha256').update(randomUUID()).digest('hex'), size: 10 };
}

function addTaskOn(asset: Asset, index = indexId): Promise<TaskRow> {
  const input = { indexId: index, source: { asset, filename: 'clip.mp4' }, inputDigest: randomUUID() };
  return app.db.transaction((tx) => createTask(tx, app.queue, 'default', input));
}

const cancel = (task: TaskRow) => step(app, task, 'CANCELED');
const remove = (task: { id: string }) => app.db.transaction((tx) => deleteTask(tx, app.queue, 'default', task.id));
const removeIndex = (id: string) => app.db.transaction((tx) => deleteIndex(tx, app.queue, 'default', id));

/** How many jobs there are that remove the asset's bytes. */
async function removals(asset: Asset): Promise<number> {
  return app.db.orm.$count(
    sql`(select from pgboss.job where name = 'asset.remove' and data ->> 'sha256' = ${asset.sha256}) as jobs`,
  );
}

test('an asset of two tasks stays until the last of them goes, and its bytes go then', async () => {
  const asset = newAsset();
  const tasks = [await cancel(await addTaskOn(asset)), await cancel(await addTaskOn(asset))];
  for (const [n, task] of tasks.entries()) {
    assert.equal((await findAsset(app.db, asset.sha256))?.size, 10);
    assert.equal(await removals(asset), 0);
    await remove(task);
    assert.equal(await removals(asset), n);
  }
  assert.equal(await findAsset(app.db, asset.sha256), undefined);
});

test('a deletion that is rolled back keeps the asset', async () => {
  const asset = newAsset();
  const task = await cancel(await addTaskOn(asset));
  const failing = app.db.transaction(async (tx) => {
    await deleteTask(tx, app.queue, 'default', task.id);
    throw new Error('on purpose');
  });
  await assert.rejects(failing, { message: 'on purpose' });
  assert.ok(await findAsset(app.db, asset.sha256));
  assert.equal(await removals(asset), 0);
});

test('the assets of an index go with it, but for those that another index uses', async () => {
  const [own, shared] = [newAsset(), newAsset()];
  const index = await addIndex(app);
  for (const asset of [own, own, shared]) await addTaskOn(asset, index.id);
  await addTaskOn(shared);
  await removeIndex(index.id);
  assert.deepEqual([await removals(own), await removals(shared)], [1, 0]);
  assert.equal(await findAsset(app.db, own.sha256), undefined);
  assert.ok(await findAsset(app.db, shared.sha256));
});

test('bytes are removed only while nothing claims them, and nothing claims them meanwhile', async () => {
  const asset = newAsset();
  await addTaskOn(asset);
  const removed: string[] = [];
  assert.equal(await removeUnclaimed(app.db, asset.sha256, async () => void removed.push('claimed')), false);
  const other = newAsset();
  const begun = Promise.withResolvers<void>();
  const removing = removeUnclaimed(app.db, other.sha256, async () => {
    begun.resolve();
    await new Promise(setImmediate);
    removed.push('removed');
  });
  await begun.promise;
  const claiming = app.db
    .transaction((tx) => claimAsset(tx, other))
    .then(() => {
      removed.push('claimed again');
    });
  assert.equal(await removing, true);
  await claiming;
  assert.deepEqual(removed, ['removed', 'claimed again']);
  assert.equal(await removeUnclaimed(app.db, other.sha256, () => assert.fail('removed')), false);
});

test('an asset that is given up and uploaded again at the same time is claimed in the end', async () => {
  for (let round = 0; round < 20; round += 1) {
    const asset = newAsset();
    const former = await cancel(await addTaskOn(asset));
    const [task] = await Promise.all([addTaskOn(asset), remove(former)]);
    assert.equal(task.asset, asset.sha256);
    assert.ok(await findAsset(app.db, asset.sha256), `round ${round}`);
    assert.equal(await removeUnclaimed(app.db, asset.sha256, () => assert.fail('removed')), false);
  }
});

/** Waits for all; fails on whatever is not one of the expected errors, a deadlock for one. */
async function race(works: readonly Promise<unknown>[], ...expected: (new (...args: never[]) => Error)[]) {
  for (const result of await Promise.allSettled(works))
    if (result.status === 'rejected' && !expected.some((type) => result.reason instanceof type)) throw result.reason;
}

test('whatever goes on in an index while it is deleted ends without a deadlock, and leaves nothing', async () => {
  for (let round = 0; round < 10; round += 1) {
    const index = await addIndex(app);
    const [first, second] = [newAsset(), newAsset()];
    await addTaskOn(first, index.id);
    await addTaskOn(second, index.id);
    const input = { indexId: index.id, source: { url: 'http://127.0.0.1/a' }, inputDigest: randomUUID() };
    const uploading = await app.db.transaction((tx) => createTask(tx, app.queue, 'default', input));
    const indexing = await validate(app, await addTask(app, index.id));
    const { task: ready, video } = await addVideo(app, index.id);
    await race(
      [
        addTaskOn(second, index.id),
        app.db.transaction((tx) => advance(tx, uploading, 'UPLOADING', 'VALIDATING', { asset: first })),
        complete(app, indexing),
        removeIndex(index.id),
        addTaskOn(first, index.id),
        app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', video.id)),
        remove(ready),
      ],
      NotFoundError,
      StaleTaskError,
    );
    for (const asset of [first, second]) assert.equal(await findAsset(app.db, asset.sha256), undefined);
  }
});

test('a video and its task that are deleted at the same time go without a deadlock', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { task, video } = await addVideo(app, indexId);
    const works = [remove(task), app.db.transaction((tx) => deleteVideo(tx, app.queue, 'default', video.id))];
    await race(round % 2 === 0 ? works : works.reverse(), NotFoundError);
    assert.ok(task.asset);
    assert.equal(await findAsset(app.db, task.asset), undefined);
  }
});
