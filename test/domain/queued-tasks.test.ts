import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { App } from '../../src/app.ts';
import type { IndexRow, TaskRow } from '../../src/db/schema.ts';
import { cancelEmbeddingTask } from '../../src/domain/embedding-tasks.ts';
import { deleteIndex } from '../../src/domain/indexes.ts';
import { recordStageRun } from '../../src/domain/stage-speeds.ts';
import type { TaskLimits } from '../../src/domain/task-limits.ts';
import { cancelTask, createTask, deleteTask, findTasks, retryTask } from '../../src/domain/tasks.ts';
import { ConflictError, LimitExceededError, NotFoundError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { anAsset, createLimited, createLimitedEmbedding, indexOf } from '../helpers/limits.ts';
import { complete, validate } from '../helpers/tasks.ts';

const URL = 'http://videos.example/a.mp4';

let opened: TestApp;
let app: App;
let tenants = 0;
before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());

async function newTenant(): Promise<IndexRow> {
  tenants += 1;
  return indexOf(app, `tenant ${tenants}`);
}

const cancel = ({ tenant, id }: TaskRow) => app.db.transaction((tx) => cancelTask(tx, tenant, id));
const retry = ({ tenant, id }: TaskRow, limits: TaskLimits) =>
  app.db.transaction((tx) => retryTask(tx, app.queue, tenant, id, limits));
const isRefused = (error: unknown) => error instanceof LimitExceededError;

test('unfinished tasks and embedding tasks count together, and those that are over do not', async () => {
  const index = await newTenant();
  const limits = { queuedTasks: 2 };
  const task = await createLimited(app, index, URL, limits);
  const embedding = await createLimitedEmbedding(app, index.tenant, anAsset(1), limits);
  await assert.rejects(createLimited(app, index, URL, limits), isRefused);
  await assert.rejects(createLimitedEmbedding(app, index.tenant, URL, limits), isRefused);
  await createLimited(app, await newTenant(), URL, limits);
  const { tenant } = index;
  await app.db.transaction((tx) => cancelEmbeddingTask(tx, app.queue, tenant, embedding.id));
  const second = await createLimited(app, index, anAsset(1), limits);
  await assert.rejects(createLimited(app, index, URL, limits), isRefused);
  await complete(app, await validate(app, second));
  await cancel(task);
  await createLimitedEmbedding(app, index.tenant, URL, limits);
  await createLimited(app, index, URL, limits);
});

test('a retry takes a place like a new task, and is otherwise refused before anything changes', async () => {
  const index = await newTenant();
  const limits = { queuedTasks: 1 };
  const canceled = await cancel(await createLimited(app, index, URL, limits));
  const running = await createLimited(app, index, URL, limits);
  await assert.rejects(retry(canceled, limits), isRefused);
  assert.deepEqual(await findTasks(app.db, index.tenant, [canceled.id]), [canceled]);
  // What is wrong in itself is said first.
  await assert.rejects(retry(running, limits), ConflictError);
  await assert.rejects(retry({ ...canceled, tenant: 'nobody' }, limits), NotFoundError);
  await cancel(running);
  assert.equal((await retry(canceled, limits)).attempt, 2);
});

test('of many at once only as many pass as there are places', async () => {
  const index = await newTenant();
  const limits = { queuedTasks: 3 };
  const former = await cancel(await createLimited(app, index, URL, limits));
  const attempts = Array.from({ length: 24 }, async (_, n): Promise<unknown> => {
    if (n % 3 === 0) return createLimited(app, index, anAsset(1), limits);
    if (n % 3 === 1) return createLimitedEmbedding(app, index.tenant, URL, limits);
    return retry(former, limits);
  });
  const results = await Promise.allSettled(attempts);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
  const refusals = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  for (const reason of refusals) assert.ok(isRefused(reason) || reason instanceof ConflictError, String(reason));
});

test('a token is asked first: many requests for the last place with the same one are one task', async () => {
  const index = await newTenant();
  const limits = { queuedTasks: 1, storedBytes: 10 };
  const asset = anAsset(10);
  const same = () => createLimited(app, index, asset, limits, { clientToken: 'last' });
  const created = await Promise.all(Array.from({ length: 30 }, same));
  assert.equal(new Set(created.map(({ id }) => id)).size, 1);
  const embeddings = await newTenant();
  const again = () => createLimitedEmbedding(app, embeddings.tenant, asset, limits, 'last');
  const embedded = await Promise.all(Array.from({ length: 30 }, again));
  assert.equal(new Set(embedded.map(({ id }) => id)).size, 1);
  const another = { clientToken: 'last', inputDigest: 'another' };
  await assert.rejects(createLimited(app, index, asset, limits, another), ConflictError);
});

test('a refusal names the limit, the count, and when to try again by the speed of late', async () => {
  const index = await newTenant();
  const limits = { queuedTasks: 1, parallel: 2 };
  await createLimited(app, index, URL, limits);
  const refusal = async () => {
    const error = await createLimited(app, index, URL, limits).catch((reason) => reason);
    assert.ok(error instanceof LimitExceededError);
    return error;
  };
  // A minute of video at 0.15 s a second, by two workers, until anything is known.
  const first = await refusal();
  assert.deepEqual([first.limit, first.retryAfter], ['1 unfinished tasks', 5]);
  const message = 'Of at most 1 unfinished tasks there are 1, and another one was asked for. Try again in 5 s.';
  assert.equal(first.message, message);
  await app.db.transaction(async (tx) => {
    await recordStageRun(tx, 'validate', 600, 75);
    await recordStageRun(tx, 'index', 600, 37.5);
  });
  assert.equal((await refusal()).retryAfter, 57);
});

test('limits and everything that locks the same rows get on without a deadlock', async () => {
  const limits = { queuedTasks: 1000, storedBytes: 1_000_000 };
  const indexes = await Promise.all([indexOf(app, 'busy'), indexOf(app, 'busy'), indexOf(app, 'busy')]);
  const shared = anAsset(1);
  const faults: unknown[] = [];
  const expected = [NotFoundError, ConflictError, LimitExceededError];
  const tolerate = (error: unknown) => {
    if (!expected.some((kind) => error instanceof kind)) faults.push(error);
    return undefined;
  };
  const live = async (n: number) => {
    const index = indexes[n % 3] ?? assert.fail();
    const input = { indexId: index.id, source: { asset: shared, filename: 'a' }, inputDigest: 'd' };
    const create = (clientToken?: string) =>
      app.db.transaction((tx) => createTask(tx, app.queue, 'busy', { ...input, clientToken }, limits)).catch(tolerate);
    const task = await create(`token ${n % 5}`);
    if (!task) return;
    await cancel(task).catch(tolerate);
    await Promise.all([
      retry(task, limits).catch(tolerate),
      app.db.transaction((tx) => deleteTask(tx, app.queue, 'busy', task.id)).catch(tolerate),
      createLimitedEmbedding(app, 'busy', shared, limits, `token ${n % 5}`).catch(tolerate),
      create(`token ${n % 5}`),
    ]);
    if (n === 20)
      await app.db.transaction((tx) => deleteIndex(tx, app.queue, 'busy', indexes[0]?.id ?? '')).catch(tolerate);
  };
  await Promise.all(Array.from({ length: 40 }, (_, n) => live(n)));
  assert.deepEqual(faults, []);
});
