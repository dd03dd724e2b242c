import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import { indexes, tasks, videos } from '../../src/db/schema.ts';
import type { JsonObject } from '../../src/db/values.ts';
import { countIndexes, type IndexFilter, listIndexes, sumVideos } from '../../src/domain/index-lists.ts';
import { createIndex } from '../../src/domain/indexes.ts';
import {
  countTasks,
  countTasksOfIndexes,
  listCurrentTasks,
  listTasks,
  type TaskFilter,
} from '../../src/domain/task-lists.ts';
import {
  countVideosOfIndexes,
  deleteVideo,
  findVideos,
  findVideosOfTasks,
  listVideosOfIndexes,
  updateVideo,
  type VideoFilter,
} from '../../src/domain/videos.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, step } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());

const at = (day: number) => new Date(Date.UTC(2026, 0, day));

test('indexes are filtered by a part of the name, letter for letter, and by their time', async () => {
  const names = ['50% off', '50 percent off', 'snake_case', 'snakeXcase', 'back\\slash', 'backslash', 'ÄÖÜ films'];
  const models = await app.models.list();
  for (const [n, name] of names.entries()) {
    const { id } = await app.db.transaction((tx) => createIndex(tx, 'lists', models, { name }));
    await app.db.orm
      .update(indexes)
      .set({ createdAt: at(n + 1) })
      .where(eq(indexes.id, id));
  }
  const named = async (filter: IndexFilter) => {
    const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
    const { rows } = await listIndexes(app.db, 'lists', { filter, order, page: {} });
    assert.equal(await countIndexes(app.db, 'lists', filter), rows.length);
    return rows.map(({ name }) => name);
  };
  assert.deepEqual(await named({}), names);
  assert.deepEqual(await named({ name: '50%' }), ['50% off']);
  assert.deepEqual(await named({ name: '%' }), ['50% off']);
  assert.deepEqual(await named({ name: 'E_C' }), ['snake_case']);
  assert.deepEqual(await named({ name: '\\' }), ['back\\slash']);
  assert.deepEqual(await named({ name: 'k\\s' }), ['back\\slash']);
  assert.deepEqual(await named({ name: 'OFF' }), ['50% off', '50 percent off']);
  assert.deepEqual(await named({ name: 'films' }), ['ÄÖÜ films']);
  assert.deepEqual(await named({ name: '' }), names);
  assert.deepEqual(await named({ name: "'; drop table indexes; --" }), []);
  assert.deepEqual(await named({ createdAfter: at(3), createdBefore: at(5) }), names.slice(2, 5));
  assert.deepEqual(await named({ name: 'snake', createdAfter: at(4) }), ['snakeXcase']);
  assert.equal(await countIndexes(app.db, 'nobody', {}), 0);
});

test('tasks are filtered by index, states, file name and time, and counted in the same way', async () => {
  const [index, other] = [await addIndex(app), await addIndex(app)];
  const canceled = await step(app, await addTask(app, index.id, { filename: '100%_a.mp4' }), 'CANCELED');
  const working = await addTask(app, index.id, { filename: '100xxa.mp4' });
  const { task: ready } = await addVideo(app, other.id);
  for (const [n, task] of [canceled, working, ready].entries())
    await app.db.orm
      .update(tasks)
      .set({ createdAt: at(n + 1) })
      .where(eq(tasks.id, task.id));
  const listed = async (filter: TaskFilter) => {
    const { rows } = await listTasks(app.db, 'default', { filter, page: {} });
    assert.equal(await countTasks(app.db, 'default', filter), rows.length);
    return rows.map(({ id }) => id);
  };
  assert.deepEqual(await listed({ indexId: index.id }), [working.id, canceled.id]);
  assert.deepEqual(await listed({ indexId: index.id, status: ['CANCELED', 'READY'] }), [canceled.id]);
  assert.deepEqual(await listed({ status: [] }), []);
  assert.deepEqual(await listed({ filename: '%_A' }), [canceled.id]);
  assert.deepEqual(await listed({ createdAfter: at(2), createdBefore: at(3) }), [ready.id, working.id]);
  assert.deepEqual(await listed({ indexId: createId() }), []);
  assert.deepEqual(await listed({ indexId: 'no id' }), []);
  assert.deepEqual((await listTasks(app.db, 'other', { filter: { indexId: index.id }, page: {} })).rows, []);
  const counts = await countTasksOfIndexes(app.db, 'default', { filename: '100' }, [index.id, other.id]);
  assert.deepEqual([...counts], [[index.id, 2]]);
});

test('the current tasks of an index are the unfinished and those that ended within the hour', async () => {
  const index = await addIndex(app);
  const canceled = await step(app, await addTask(app, index.id), 'CANCELED');
  const long = await step(app, await addTask(app, index.id), 'CANCELED');
  const working = await addTask(app, index.id);
  await addTask(app, (await addIndex(app)).id);
  const ago = (minutes: number) => sql`clock_timestamp() - make_interval(mins => ${minutes})`;
  await app.db.orm
    .update(tasks)
    .set({ updatedAt: ago(59) })
    .where(eq(tasks.id, canceled.id));
  await app.db.orm
    .update(tasks)
    .set({ updatedAt: ago(61) })
    .where(eq(tasks.id, long.id));
  await app.db.orm
    .update(tasks)
    .set({ updatedAt: ago(600) })
    .where(eq(tasks.id, working.id));
  const current = await listCurrentTasks(app.db, 'default', index.id);
  assert.deepEqual(
    current.map(({ id }) => id),
    [canceled.id, working.id],
  );
  assert.deepEqual(await listCurrentTasks(app.db, 'other', index.id), []);
});

test('videos are filtered by everything that is known of them', async () => {
  const index = await addIndex(app);
  const add = async (filename: string, userMetadata: JsonObject, day: number, metadata: object) => {
    const { video } = await addVideo(app, index.id, { filename, userMetadata, metadata: { filename, ...metadata } });
    await app.db.orm
      .update(videos)
      .set({ createdAt: at(day) })
      .where(eq(videos.id, video.id));
  };
  await add('wide_1.mp4', { genre: 'drama', tags: ['a', 'b'] }, 1, { duration: 20, width: 854, height: 480 });
  await add('wideX1.mp4', { genre: 'comedy', rating: { stars: 5, by: null } }, 2, {
    duration: 30.5,
    width: 1280,
    height: 720,
  });
  await add('tall.mp4', {}, 3, { duration: 40, width: 400, height: 900 });
  const named = async (filter: VideoFilter) => {
    const [page] = await listVideosOfIndexes(app.db, { filter, page: {} }, [index.id]);
    const counts = await countVideosOfIndexes(app.db, filter, [index.id]);
    assert.equal(counts.get(index.id) ?? 0, page?.rows.length);
    return page?.rows.map(({ metadata }) => metadata.filename).join(' ');
  };
  assert.equal(await named({}), 'tall.mp4 wideX1.mp4 wide_1.mp4');
  assert.equal(await named({ filename: 'E_1' }), 'wide_1.mp4');
  assert.equal(await named({ minDuration: 20, maxDuration: 30.5 }), 'wideX1.mp4 wide_1.mp4');
  assert.equal(await named({ minDuration: 20.1, maxDuration: 39.9 }), 'wideX1.mp4');
  assert.equal(await named({ minHeight: 400, maxHeight: 480 }), 'tall.mp4 wide_1.mp4');
  assert.equal(await named({ minHeight: 481 }), 'wideX1.mp4');
  assert.equal(await named({ createdAfter: at(2), createdBefore: at(2) }), 'wideX1.mp4');
  assert.equal(await named({ userMetadata: { genre: 'drama' } }), 'wide_1.mp4');
  assert.equal(await named({ userMetadata: { tags: ['b'] } }), 'wide_1.mp4');
  assert.equal(await named({ userMetadata: { rating: { stars: 5 } } }), 'wideX1.mp4');
  assert.equal(await named({ userMetadata: { genre: 'Drama' } }), '');
  assert.equal(await named({ userMetadata: {} }), 'tall.mp4 wideX1.mp4 wide_1.mp4');
  assert.deepEqual((await sumVideos(app.db, [index.id, createId()])).get(index.id), { count: 3, duration: 90.5 });
  assert.deepEqual([...(await sumVideos(app.db, []))], []);
});

test('user metadata is merged, and null removes a key', async () => {
  const index = await addIndex(app);
  const { task, video } = await addVideo(app, index.id, { userMetadata: { keep: 1, change: 'a', drop: true } });
  const update = (userMetadata: JsonObject, id = video.id, tenant = 'default') =>
    app.db.transaction((tx) => updateVideo(tx, tenant, { id, userMetadata }));
  const merged = await update({ change: { deep: null }, drop: null, gone: null, added: [null], ['__proto__']: 1 });
  const expected = { keep: 1, change: { deep: null }, added: [null], ['__proto__']: 1 };
  assert.deepEqual(merged.userMetadata, expected);
  assert.deepEqual(await findVideosOfTasks(app.db, [task.id]), [merged]);
  await assert.rejects(update({ text: 'x'.repeat(65_536) }), { name: 'InvalidInputError' });
  await assert.rejects(update({ text: '\uD800' }), { name: 'InvalidInputError' });
  assert.deepEqual(await findVideos(app.db, 'default', [video.id]), [merged]);
  const all = Array.from({ length: 20 }, (_, n) => update({ [`key${n}`]: n }));
  await Promise.all(all);
  const [after] = await findVideos(app.db, 'default', [video.id]);
  assert.equal(Object.keys(after?.userMetadata ?? {}).length, 24);
  for (const [id, tenant] of [
    [video.id, 'other'],
    [createId(), 'default'],
    ['no id', 'default'],
  ] as const)
    await assert.rejects(update({}, id, tenant), { name: 'NotFoundError', message: 'No such video.' });
});

test('a video goes with its task', async () => {
  const { task, video } = await addVideo(app, (await addIndex(app)).id);
  const remove = (id: string, tenant: string) => app.db.transaction((tx) => deleteVideo(tx, app.queue, tenant, id));
  for (const [id, tenant] of [
    [video.id, 'other'],
    [createId(), 'default'],
  ] as const)
    await assert.rejects(remove(id, tenant), { name: 'NotFoundError', message: 'No such video.' });
  await remove(video.id, 'default');
  assert.deepEqual(await findVideos(app.db, 'default', [video.id]), []);
  assert.equal(await app.db.orm.$count(tasks, eq(tasks.id, task.id)), 0);
});
