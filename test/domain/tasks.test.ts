import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { and, eq, sql } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import { type TaskRow, tasks } from '../../src/db/schema.ts';
import type { TaskStatus } from '../../src/db/values.ts';
import { findAsset } from '../../src/domain/assets.ts';
import { createIndex } from '../../src/domain/indexes.ts';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { cancelTask, createTask, deleteTask, findTasks, type NewTask, retryTask } from '../../src/domain/tasks.ts';
import { findVideos } from '../../src/domain/videos.ts';
import { ConflictError, InvalidInputError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, step, validate } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let indexId: string;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  indexId = (await addIndex(app)).id;
});
after(() => opened[Symbol.asyncDispose]());

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function newTask(input: Partial<NewTask> = {}): NewTask {
  const source = { asset: { sha256: digest(randomUUID()), size: 9 }, filename: 'clip.mp4' };
  return { indexId, source, inputDigest: digest('input'), ...input };
}

function create(input: Partial<NewTask> = {}, tenant = 'default'): Promise<TaskRow> {
  return app.db.transaction((tx) => createTask(tx, app.queue, tenant, newTask(input)));
}

/** The inputs of the jobs that a task has had, by their queues. */
async function jobsOf(task: { id: string }) {
  return app.db.orm
    .select({ queue: sql<string>`name`, input: sql`data` })
    .from(sql`pgboss.job`)
    .where(sql`data ->> 'id' = ${task.id}`)
    .orderBy(sql`created_on`);
}

const retry = (task: TaskRow) => app.db.transaction((tx) => retryTask(tx, app.queue, 'default', task.id));
const cancel = (task: TaskRow) => app.db.transaction((tx) => cancelTask(tx, 'default', task.id));
const remove = (task: TaskRow) => app.db.transaction((tx) => deleteTask(tx, app.queue, 'default', task.id));
const fail = (task: TaskRow) =>
  step(app, task, 'FAILED', { failure: { code: 'INTERNAL', message: 'm', actual: null, allowed: null } });

test('a task with bytes begins VALIDATING, with its job, its history and its asset', async () => {
  const source = { asset: { sha256: digest('bytes'), size: 9 }, filename: 'Ünïcödé 幅.mp4' };
  const task = await create({ source, userMetadata: { tags: ['a', { b: null }], n: 1.5 }, language: 'pt-BR' });
  assert.equal(task.status, 'VALIDATING');
  assert.deepEqual([task.version, task.attempt, task.source, task.sourceUrl], [1, 1, 'FILE', null]);
  assert.deepEqual([task.filename, task.asset, task.language], [source.filename, source.asset.sha256, 'pt-BR']);
  assert.deepEqual(task.userMetadata, { tags: ['a', { b: null }], n: 1.5 });
  assert.deepEqual(await findTasks(app.db, 'default', [task.id, createId(), 'no id']), [task]);
  assert.deepEqual(await findTasks(app.db, 'other', [task.id]), []);
  assert.deepEqual(await jobsOf(task), [{ queue: 'video.validate', input: { id: task.id, attempt: 1 } }]);
  assert.equal((await findAsset(app.db, source.asset.sha256))?.size, 9);
  const [first, ...others] = await listTransitions(app.db, [task.id]);
  assert.deepEqual([first?.status, first?.version, others.length], ['VALIDATING', 1, 0]);
});

test('a task with a URL begins UPLOADING and is named after the last part of its path', async () => {
  const names = {
    'https://example.org/a/b%20c.mp4?x=1#y': 'b c.mp4',
    'https://example.org/': 'video',
    'https://example.org/%E0%A4%A': '%E0%A4%A',
    'https://example.org/a%00b.mp4': 'a\uFFFDb.mp4',
  };
  for (const [url, filename] of Object.entries(names)) {
    const task = await create({ source: { url } });
    assert.deepEqual([task.status, task.source, task.sourceUrl, task.filename], ['UPLOADING', 'URL', url, filename]);
    assert.equal(task.asset, null);
    assert.deepEqual(await jobsOf(task), [{ queue: 'url.fetch', input: { id: task.id, attempt: 1 } }]);
  }
});

test('a file name that Postgres could not store is made storable', async () => {
  const asset = { sha256: digest('odd name'), size: 9 };
  const task = await create({ source: { asset, filename: 'a\0b\uD800.mp4' } });
  assert.equal(task.filename, 'a\uFFFDb\uFFFD.mp4');
});

test('no row without its job, and no job without its row', async () => {
  const input = newTask();
  let task: TaskRow | undefined;
  const failing = app.db.transaction(async (tx) => {
    task = await createTask(tx, app.queue, 'default', input);
    throw new Error('on purpose');
  });
  await assert.rejects(failing, { message: 'on purpose' });
  const id = task?.id ?? assert.fail('not created');
  assert.deepEqual(await findTasks(app.db, 'default', [id]), []);
  assert.deepEqual(await jobsOf({ id }), []);
  assert.equal('asset' in input.source && (await findAsset(app.db, input.source.asset.sha256)), undefined);
});

test('faults of the input are named all at once', async () => {
  const faults = create({ clientToken: '', language: 'not a tag', userMetadata: { text: 'x'.repeat(70_000) } });
  await assert.rejects(faults, (error) => {
    assert.ok(error instanceof InvalidInputError);
    assert.deepEqual(error.issues, [
      { path: ['userMetadata'], message: '70011 bytes given as JSON; allowed are 65536.' },
      { path: ['clientToken'], message: '0 characters given; allowed are 1 to 200.' },
      { path: ['language'], message: '"not a tag" given; allowed are BCP 47 tags such as "en" or "pt-BR".' },
    ]);
    return true;
  });
  await assert.rejects(create({ clientToken: 'x'.repeat(201) }), {
    message: 'clientToken: 201 characters given; allowed are 1 to 200.',
  });
  for (const text of ['\0', 'a\\\0', '\uD800', '\uDFFF x'])
    await assert.rejects(create({ userMetadata: { [text]: 1 } }), InvalidInputError, JSON.stringify(text));
  for (const text of ['\\u0000', '\\ud800', '😀', '\u0001', '\\\\u0000']) {
    const { userMetadata } = await create({ userMetadata: { [text]: text } });
    assert.deepEqual(userMetadata, { [text]: text });
  }
});

test('an index of another tenant, or none, takes no task', async () => {
  for (const [input, tenant] of [
    [{}, 'other'],
    [{ indexId: createId() }, 'default'],
    [{ indexId: 'no id' }, 'default'],
  ] as const)
    await assert.rejects(create(input, tenant), { name: 'NotFoundError', message: 'No such index.' });
});

test('a client token that comes again brings back its task, and does nothing else', async () => {
  const input = newTask({ clientToken: 'again' });
  const task = await create(input);
  const moved = await step(app, task, 'PENDING');
  assert.deepEqual(await create(input), moved);
  assert.equal((await jobsOf(task)).length, 1);
  assert.equal((await listTransitions(app.db, [task.id])).length, 2);
});

test('a client token that comes with another input is a conflict, and leaves nothing', async () => {
  await create({ clientToken: 'other input' });
  const asset = { sha256: digest('left by a conflict'), size: 1 };
  const conflict = create({
    clientToken: 'other input',
    inputDigest: digest('another'),
    source: { asset, filename: 'x' },
  });
  await assert.rejects(conflict, (error) => {
    assert.ok(error instanceof ConflictError);
    assert.equal(error.message, 'The client token "other input" was used with another input in the last 24 hours.');
    return true;
  });
  assert.equal(await findAsset(app.db, asset.sha256), undefined);
});

test('a client token belongs to its tenant, and expires after a day', async () => {
  const models = await app.models.list();
  const theirs = await app.db.transaction((tx) => createIndex(tx, 'tenant b', models, { name: 'theirs' }));
  const mine = await create({ clientToken: 'mine' });
  const other = await create({ clientToken: 'mine', indexId: theirs.id, inputDigest: digest('b') }, 'tenant b');
  assert.notEqual(other.id, mine.id);
  const age = (hours: number) =>
    app.db.orm
      .update(tasks)
      .set({ createdAt: sql`clock_timestamp() - make_interval(hours => ${hours})` })
      .where(eq(tasks.id, mine.id));
  await age(23);
  assert.equal((await create({ clientToken: 'mine' })).id, mine.id);
  await age(25);
  const fresh = await create({ clientToken: 'mine', inputDigest: digest('another') });
  assert.notEqual(fresh.id, mine.id);
  const [former] = await findTasks(app.db, 'default', [mine.id]);
  assert.equal(former?.clientToken, null);
  const same = and(eq(tasks.tenant, 'default'), eq(tasks.clientToken, 'mine'));
  assert.equal(await app.db.orm.$count(tasks, same), 1);
});

test('fifty requests with one token at the same time make one task and one job', async () => {
  const input = newTask({ clientToken: 'rush' });
  const created = await Promise.all(Array.from({ length: 50 }, () => create(input)));
  const [first] = created;
  assert.ok(first);
  for (const task of created) assert.deepEqual(task, first);
  assert.equal((await jobsOf(first)).length, 1);
  assert.equal(await app.db.orm.$count(tasks, eq(tasks.clientToken, 'rush')), 1);
});

test('fifty requests with one token and two inputs are divided into one task and conflicts', async () => {
  const inputs = ['one', 'two'].map((name) => newTask({ clientToken: 'two inputs', inputDigest: digest(name) }));
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => create(inputs[n % 2])));
  const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
  assert.equal(ids.length, 25);
  assert.equal(new Set(ids).size, 1);
  for (const result of results)
    if (result.status === 'rejected') assert.ok(result.reason instanceof ConflictError, result.reason);
});

test('a token is free again when its task has been deleted, also in that very moment', async () => {
  for (let round = 0; round < 30; round += 1) {
    const input = newTask({ clientToken: `deleted ${round}` });
    const task = await cancel(await create(input));
    const [again] = await Promise.all([create(input), remove(task)]);
    assert.ok(again.id === task.id || again.status === 'VALIDATING');
  }
});

test('unfinished tasks can be canceled, and ended ones cannot', async () => {
  const task = await addTask(app, indexId);
  const canceled = await cancel(await validate(app, task));
  assert.equal(canceled.status, 'CANCELED');
  const { task: ready } = await addVideo(app, indexId);
  const failed = await fail(await addTask(app, indexId));
  for (const ended of [canceled, failed, ready])
    await assert.rejects(cancel(ended), (error) => {
      assert.ok(error instanceof ConflictError);
      assert.equal(error.message, `The task is ${ended.status}; only a task whose work is not over can be canceled.`);
      return true;
    });
});

test('a retry begins anew: at the validation where the bytes are there, else at the download', async () => {
  const withBytes = await fail(await addTask(app, indexId));
  const again = await retry(withBytes);
  assert.deepEqual([again.status, again.attempt, again.failure], ['VALIDATING', 2, null]);
  assert.deepEqual(await jobsOf(again), [
    { queue: 'video.validate', input: { id: again.id, attempt: 1 } },
    { queue: 'video.validate', input: { id: again.id, attempt: 2 } },
  ]);
  const withUrl = await cancel(await create({ source: { url: 'http://127.0.0.1/a' } }));
  const download = await retry(withUrl);
  assert.deepEqual([download.status, download.attempt, download.progress], ['UPLOADING', 2, 0]);
  assert.deepEqual((await jobsOf(download)).at(-1), { queue: 'url.fetch', input: { id: download.id, attempt: 2 } });
});

test('only FAILED and CANCELED tasks can be retried, once however many ask', async () => {
  const states: TaskRow[] = [await addTask(app, indexId), (await addVideo(app, indexId)).task];
  states.push(await validate(app, await addTask(app, indexId)));
  for (const task of states)
    await assert.rejects(retry(task), {
      name: 'ConflictError',
      message: `The task is ${task.status}; only a FAILED or CANCELED task can be retried.`,
    });
  const failed = await fail(await addTask(app, indexId));
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => retry(failed)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal((await jobsOf(failed)).length, 2);
});

test('ended tasks can be deleted, a READY one with its video, and others cannot', async () => {
  const { task: ready, video } = await addVideo(app, indexId);
  const ended = [ready, await fail(await addTask(app, indexId)), await cancel(await addTask(app, indexId))];
  for (const task of ended) {
    await remove(task);
    assert.deepEqual(await findTasks(app.db, 'default', [task.id]), []);
    assert.deepEqual(await listTransitions(app.db, [task.id]), []);
  }
  assert.deepEqual(await findVideos(app.db, 'default', [video.id]), []);
  const working = await addTask(app, indexId);
  await assert.rejects(remove(working), {
    name: 'ConflictError',
    message: 'The task is VALIDATING; cancel it first, or wait until it is READY or FAILED.',
  });
});

test('tasks of other tenants, and ids that are none, are not found', async () => {
  const task = await addTask(app, indexId);
  const changes = [
    (tenant: string, id: string) => app.db.transaction((tx) => cancelTask(tx, tenant, id)),
    (tenant: string, id: string) => app.db.transaction((tx) => retryTask(tx, app.queue, tenant, id)),
    (tenant: string, id: string) => app.db.transaction((tx) => deleteTask(tx, app.queue, tenant, id)),
  ];
  for (const change of changes)
    for (const [tenant, id] of [
      ['other', task.id],
      ['default', createId()],
      ['default', 'no id'],
    ] as const)
      await assert.rejects(change(tenant, id), { name: 'NotFoundError', message: 'No such task.' });
  const status: TaskStatus | undefined = (await findTasks(app.db, 'default', [task.id]))[0]?.status;
  assert.equal(status, 'VALIDATING');
});
