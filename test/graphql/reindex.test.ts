import assert from 'node:assert/strict';
import { after, afterEach, before, it } from 'node:test';
import { giveUpReindex } from '../../src/domain/advance-reindex.ts';
import { deleteIndex } from '../../src/domain/indexes.ts';
import { buryTask } from '../../src/jobs/bury-task.ts';
import {
  createReindexingApp,
  firstClip,
  PICTURES,
  type ReindexingApp,
  type ReindexResult,
  START_REINDEX,
  WATCH_REINDEX,
} from '../helpers/reindexing-app.ts';
import { globalId } from '../helpers/tasks.ts';
import { ABSENT, TURNED } from '../helpers/turned-model.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, TENANT } from '../helpers/uploads.ts';

let test: ReindexingApp;
before(async () => {
  test = await createReindexingApp();
});
after(() => test[Symbol.asyncDispose]());
afterEach(() => test.reset());

it('is canceled: the work stops, the index stays as it is, and another one may begin', async () => {
  const index = await createVideoIndex(test.app, PICTURES);
  const [video] = [await test.addVideo(index, 2), await test.addVideo(index, 3)];
  const found = await test.search(index, firstClip(video));
  const gate = test.hold('turned');
  const reindex = await test.start(index);
  await gate.arrival();
  gate.open();
  await gate.arrival();
  const stopped = Promise.withResolvers<void>();
  test.turned.before.turned = async () => stopped.resolve();
  const canceled = await test.cancel(reindex.id);
  assert.deepEqual([canceled.status, canceled.index.model.name], ['CANCELED', 'builtin']);
  await until(async () => !(await test.modelsOf(index)).includes(TURNED));
  assert.deepEqual(await test.search(index, firstClip(video)), found);
  assert.deepEqual((await test.look(index)).reindex, { id: reindex.id, status: 'CANCELED' });
  const again = await test.cancel(reindex.id);
  assert.deepEqual([again.__typename, again.code], ['ConflictError', 'CONFLICT']);

  // The worker is free: what was held has been thrown out.
  const other = await test.start(index);
  await stopped.promise;
  assert.equal((await test.untilOver(other)).status, 'READY');
  assert.equal((await test.look(index)).model, TURNED);
});

it('fails with the video that could not be embedded, keeps the former vectors, and may be tried again', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, PICTURES);
  const video = await test.addVideo(index);
  const found = await test.search(index, firstClip(video));
  const gate = test.hold('turned');
  const reindex = await test.start(index);
  await gate.arrival();
  const [, reindexId = ''] = atob(reindex.id).split(':');
  const letter = { job: 'video:reindex', input: { reindexId, videoId: video.id }, cause: new Error('no memory') };
  await buryTask(app, letter);
  const failed = await test.untilOver(reindex);
  assert.equal(failed.status, 'FAILED');
  assert.equal(failed.failure?.code, 'INTERNAL');
  assert.match(failed.failure.message, new RegExp(`${video.metadata.filename}.*${video.id}.*${TURNED}`));
  assert.doesNotMatch(failed.failure.message, /memory/);
  await until(async () => !(await test.modelsOf(index)).includes(TURNED));
  assert.deepEqual(await test.search(index, firstClip(video)), found);
  test.turned.before.turned = async () => {};
  assert.equal((await test.untilOver(await test.start(index))).status, 'READY');
  // A letter that comes late changes nothing.
  await buryTask(app, letter);
  assert.equal((await test.look(index)).reindex?.status, 'READY');
});

it('a job that fails is tried again', async () => {
  const index = await createVideoIndex(test.app, PICTURES);
  await test.addVideo(index);
  let tries = 0;
  test.turned.before.turned = async () => {
    tries += 1;
    if (tries === 1) throw new Error('the first try');
  };
  assert.equal((await test.untilOver(await test.start(index))).status, 'READY');
  assert.ok(tries >= 2);
});

it('is refused with an error that says why', async () => {
  const index = await createVideoIndex(test.app, PICTURES);
  await test.addVideo(index);
  const invalid: [model: string, modalities: string[] | undefined, path: string, message: RegExp][] = [
    ['nonsense', undefined, 'model', /"nonsense" .*builtin/],
    [ABSENT, undefined, 'model', /reelgraph models pull absent/],
    ['builtin', undefined, 'model', /already/],
    [TURNED, ['AUDIO'], 'modalities', /AUDIO given; "turned" has .*VISUAL/],
  ];
  for (const [model, modalities, path, message] of invalid) {
    const { __typename, code, issues } = await test.start(index, model, modalities);
    assert.deepEqual([__typename, code, issues?.[0]?.path], ['InvalidInputError', 'INVALID_INPUT', [path]]);
    assert.match(issues?.[0]?.message ?? '', message);
  }
  test.hold('turned');
  const running = await test.start(index);
  const second = await test.start(index);
  assert.deepEqual([second.__typename, second.code], ['ConflictError', 'CONFLICT']);
  await test.cancel(running.id);

  const ids = ['%', globalId('Video', index), globalId('Index', { id: index.tenant })];
  for (const id of ids) {
    const variables = { id, model: TURNED };
    const { reindexIndex } = await test.graphql.query<{ reindexIndex: ReindexResult }>(START_REINDEX, variables);
    assert.equal(reindexIndex.__typename, 'NotFoundError');
    assert.equal((await test.cancel(id)).__typename, 'NotFoundError');
  }
  const variables = { id: globalId('Index', index), model: TURNED };
  const { reindexIndex } = await test.graphql.query<{ reindexIndex: ReindexResult }>(
    START_REINDEX,
    variables,
    'stranger',
  );
  assert.equal(reindexIndex.__typename, 'NotFoundError');
  for (const [id, tenant] of [
    ['%', TENANT],
    [globalId('Reindex', index), TENANT],
    [running.id, 'stranger'],
  ] as const) {
    const { errors } = await test.graphql.refused(WATCH_REINDEX, { id }, tenant);
    assert.deepEqual(errors?.[0]?.extensions, { code: 'NOT_FOUND' });
  }
});

it('the subscription ends when the index is deleted', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, PICTURES);
  await test.addVideo(index);
  test.hold('turned');
  const reindex = await test.start(index);
  const events = await test.watch(reindex);
  await events.next();
  const next = events.next();
  await app.db.transaction((tx) => deleteIndex(tx, app.queue, TENANT, index.id));
  assert.equal((await next).done, true);
});

it('a slow subscriber learns how it ended', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, PICTURES);
  await test.addVideo(index);
  test.hold('turned');
  const reindex = await test.start(index);
  const events = await test.watch(reindex);
  const [, id = ''] = atob(reindex.id).split(':');
  await app.db.transaction((tx) => giveUpReindex(tx, app.queue, id, { status: 'CANCELED' }));
  const states = (await Array.fromAsync(events)).map(({ reindexUpdated }) => reindexUpdated.status);
  assert.deepEqual(states, ['RUNNING', 'CANCELED']);
});
