import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { App } from '../../src/app.ts';
import type { IndexRow } from '../../src/db/schema.ts';
import { noteEmbeddingTask } from '../../src/domain/advance-embedding-task.ts';
import { findAsset } from '../../src/domain/assets.ts';
import { cancelEmbeddingTask, checkEmbeddingUpload } from '../../src/domain/embedding-tasks.ts';
import { findShortage, measureStorage } from '../../src/domain/stored-bytes.ts';
import { cancelTask, checkTaskUpload, deleteTask } from '../../src/domain/tasks.ts';
import { LimitExceededError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { anAsset, createLimited, createLimitedEmbedding, indexOf } from '../helpers/limits.ts';
import { complete, validate } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let tenants = 0;
before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());

/** An index of a tenant that has nothing yet. */
async function newTenant(): Promise<IndexRow> {
  tenants += 1;
  return indexOf(app, `tenant ${tenants}`);
}

const usedBy = async ({ tenant }: IndexRow) => (await measureStorage(app.db, tenant, 1)).used;
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it was not refused'),
    (error) => {
      assert.ok(error instanceof LimitExceededError, String(error));
      const { message, limit, retryAfter } = error;
      return { message, limit, retryAfter };
    },
  );

test('what a tenant stores are the distinct assets that it refers to, whoever else does', async () => {
  const [index, other] = [await newTenant(), await newTenant()];
  const [twice, shared, embedded] = [anAsset(100), anAsset(20), anAsset(3)];
  assert.equal(await usedBy(index), 0);
  const first = await createLimited(app, index, twice, {});
  const second = await createLimited(app, index, twice, {});
  await createLimited(app, index, shared, {});
  await createLimited(app, other, shared, {});
  const task = await createLimitedEmbedding(app, index.tenant, embedded, {});
  await createLimitedEmbedding(app, index.tenant, twice, {});
  assert.deepEqual([await usedBy(index), await usedBy(other)], [123, 20]);
  await complete(app, await validate(app, first));
  assert.equal(await usedBy(index), 123, 'a video has the bytes of its task');
  // What is canceled gives up its bytes when it is an embedding task, and keeps them for a retry when it is a task.
  await app.db.transaction((tx) => cancelEmbeddingTask(tx, app.queue, index.tenant, task.id));
  assert.equal(await usedBy(index), 120);
  await app.db.transaction((tx) => cancelTask(tx, index.tenant, second.id));
  assert.equal(await usedBy(index), 120);
  await app.db.transaction((tx) => deleteTask(tx, app.queue, index.tenant, second.id));
  assert.deepEqual([await usedBy(index), await usedBy(other)], [120, 20]);
  await createLimitedEmbedding(app, other.tenant, 'http://videos.example/a.mp4', {});
  assert.equal(await usedBy(other), 20);
});

test('a file that does not fit is refused, with the limit, what is used and what was sent; one that fits is not', async () => {
  const index = await newTenant();
  const limits = { storedBytes: 1000 };
  const half = anAsset(600);
  await createLimited(app, index, half, limits);
  const [large, exact] = [anAsset(401), anAsset(400)];
  const refusal = {
    message: '600 bytes are stored, and 401 were to be added; at most 1000 are allowed.',
    limit: '1000 bytes stored',
    retryAfter: null,
  };
  assert.deepEqual(await refusalOf(createLimited(app, index, large, limits)), refusal);
  assert.deepEqual(await refusalOf(createLimitedEmbedding(app, index.tenant, large, limits)), refusal);
  assert.equal(await findAsset(app.db, large.sha256), undefined, 'nothing is left of it');
  await createLimited(app, index, exact, limits);
  assert.equal(await usedBy(index), 1000);
  // Nothing is left, but what is there already takes no more room.
  await createLimited(app, index, half, limits);
  await createLimitedEmbedding(app, index.tenant, half, limits);
  const { message } = await refusalOf(createLimited(app, index, 'http://videos.example/a.mp4', limits));
  assert.equal(message, '1000 bytes are stored, and at least 1 were to be added; at most 1000 are allowed.');
  // Somebody else's limit is another one.
  await createLimited(app, await newTenant(), large, limits);
});

test('of many at once only those pass that fit together', async () => {
  const index = await newTenant();
  const limits = { storedBytes: 1000 };
  const creations = Array.from({ length: 20 }, (_, n) =>
    n % 2 === 0
      ? createLimited(app, index, anAsset(300), limits)
      : createLimitedEmbedding(app, index.tenant, anAsset(300), limits),
  );
  const results = await Promise.allSettled<unknown>(creations);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
  for (const result of results)
    if (result.status === 'rejected') assert.ok(result.reason instanceof LimitExceededError, String(result.reason));
  assert.equal(await usedBy(index), 900);
});

test('downloads that arrive at once are counted one after the other', async () => {
  const index = await newTenant();
  const tasks = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      createLimitedEmbedding(app, index.tenant, `http://videos.example/${n}.mp4`, { storedBytes: 1000 }),
    ),
  );
  const arrive = (id: string) =>
    app.db.transaction(async (tx) => {
      const asset = anAsset(400);
      if (await findShortage(tx, index.tenant, 1000, asset)) return false;
      await noteEmbeddingTask(tx, id, { progress: 0.1, asset });
      return true;
    });
  const kept = await Promise.all(tasks.map(({ id }) => arrive(id)));
  assert.equal(kept.filter(Boolean).length, 2);
  assert.equal(await usedBy(index), 800);
});

test('a token that stands for a task brings it back, however little room there is', async () => {
  const index = await newTenant();
  const limits = { storedBytes: 1000, queuedTasks: 1 };
  const asset = anAsset(1000);
  const task = await createLimited(app, index, asset, limits, { clientToken: 'full' });
  assert.deepEqual(await createLimited(app, index, asset, limits, { clientToken: 'full' }), task);
  assert.deepEqual(await createLimited(app, index, asset, { storedBytes: 1 }, { clientToken: 'full' }), task);
  const upload = { clientToken: 'full', least: 900 };
  const open = { used: 0, most: Number.POSITIVE_INFINITY };
  assert.deepEqual(await checkTaskUpload(app.db, index.tenant, upload, limits), open);
  // A token stands for one kind of task, in one tenant.
  await assert.rejects(checkEmbeddingUpload(app.db, index.tenant, upload, limits), LimitExceededError);
  const other = await newTenant();
  assert.deepEqual(await checkTaskUpload(app.db, other.tenant, upload, limits), { used: 0, most: 1000 });
});

test('an upload that will not fit is refused by what is known of it before it comes', async () => {
  const index = await newTenant();
  const limits = { storedBytes: 1000 };
  await createLimited(app, index, anAsset(600), {});
  const check = (least: number) => checkTaskUpload(app.db, index.tenant, { least }, limits);
  assert.deepEqual(await check(0), { used: 600, most: 1000 });
  assert.deepEqual(await check(400), { used: 600, most: 1000 });
  const { message, retryAfter } = await refusalOf(check(401));
  assert.equal(message, '600 bytes are stored, and at least 401 were to be added; at most 1000 are allowed.');
  assert.equal(retryAfter, null);
  await createLimited(app, index, anAsset(400), {});
  assert.match((await refusalOf(check(0))).message, /^1000 bytes are stored, and at least 1 were/);
});

test('what is not limited is not computed', async () => {
  const nothing = new Proxy({} as never, {
    get: (_, name) => assert.fail(`the database was asked for ${String(name)}`),
  });
  assert.equal((await measureStorage(nothing, 'a', undefined)).most, Number.POSITIVE_INFINITY);
  assert.equal(await findShortage(nothing, 'a', undefined, anAsset(1)), undefined);
  await checkTaskUpload(nothing, 'a', { least: 1 }, {});
});
