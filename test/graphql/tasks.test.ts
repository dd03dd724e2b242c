import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { recordStageRun } from '../../src/domain/stage-speeds.ts';
import { createTask } from '../../src/domain/tasks.ts';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { addIndex, addTask, addVideo, complete, globalId, step, validate } from '../helpers/tasks.ts';

const CHANGE = (mutation: string) => `mutation ($id: ID!) {
  ${mutation}(id: $id) {
    __typename
    ... on Task { status attempt failure { code } history { status } }
    ... on Error { code message }
  }
}`;
const DELETE =
  'mutation ($id: ID!) { deleteTask(id: $id) { __typename ... on Deleted { id } ... on Error { code message } } }';
const VIDEO_ID = 'query ($id: ID!) { taskVideoId(taskId: $id) { id exist type } }';

const broken = { code: 'BROKEN_VIDEO_FILE', message: 'Frames are missing.', actual: '3 frames', allowed: '0' } as const;

describe('tasks', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  before(async () => {
    graphql = await createGraphQLApp();
    indexId = (await addIndex(graphql.app)).id;
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('show what a READY one has', async () => {
    const { task, video } = await addVideo(graphql.app, indexId, { filename: 'walk.mp4' });
    const document = `query ($id: ID!) { task(id: $id) {
      status progress attempt source failure { code } estimatedTime updatedAt
      index { id }
      metadata { duration filename height width fps size }
      video { id thumbnailUrl task { id } transcript { text } }
      history { status at }
    } }`;
    const data = await graphql.query<{ task: { history: { status: string; at: string }[] } }>(document, {
      id: globalId('Task', task),
    });
    const { history, ...rest } = data.task;
    assert.deepEqual(rest, {
      status: 'READY',
      progress: 1,
      attempt: 1,
      source: 'FILE',
      failure: null,
      estimatedTime: null,
      updatedAt: task.updatedAt.toISOString(),
      index: { id: globalId('Index', { id: indexId }) },
      metadata: { duration: 20, filename: 'walk.mp4', height: 480, width: 854, fps: 25, size: 1000 },
      video: {
        id: globalId('Video', video),
        thumbnailUrl: `${ORIGIN}/thumbnails/${video.id}/frames/000%201.jpg`,
        task: { id: globalId('Task', task) },
        transcript: [],
      },
    });
    assert.deepEqual(
      history.map(({ status }) => status),
      ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'],
    );
    const times = history.map(({ at }) => at);
    assert.deepEqual(times, [...new Set(times)].sort());
    assert.match(times[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('show why a FAILED one failed', async () => {
    const task = await step(graphql.app, await addTask(graphql.app, indexId), 'FAILED', { failure: broken });
    const document = 'query ($id: ID!) { task(id: $id) { failure { code message actual allowed } video { id } } }';
    assert.deepEqual(await graphql.query(document, { id: globalId('Task', task) }), {
      task: { failure: broken, video: null },
    });
  });

  it('estimate when they will be READY from the measured speed', async () => {
    const { db } = graphql.app;
    await db.transaction(async (tx) => {
      await recordStageRun(tx, 'validate', 100, 10);
      await recordStageRun(tx, 'index', 100, 400);
    });
    const task = await validate(graphql.app, await addTask(graphql.app, indexId), { duration: 3600 });
    const document = 'query ($id: ID!) { task(id: $id) { estimatedTime } }';
    const data = await graphql.query<{ task: { estimatedTime: string } }>(document, { id: globalId('Task', task) });
    const seconds = (Date.parse(data.task.estimatedTime) - Date.now()) / 1000;
    assert.ok(seconds > 3600 && seconds < 5 * 3600, `${seconds}`);
    await step(graphql.app, task, 'CANCELED');
    assert.deepEqual(await graphql.query(document, { id: globalId('Task', task) }), { task: { estimatedTime: null } });
  });

  it('tell the id of their video once it is there', async () => {
    const none = { taskVideoId: { id: null, exist: false, type: 'index_task_video_id' } };
    const { app } = graphql;
    const source = { url: 'https://videos.example/walk.mp4' };
    let task = await app.db.transaction((tx) =>
      createTask(tx, app.queue, 'default', { indexId, source, inputDigest: 'walk' }),
    );
    const id = globalId('Task', task);
    const isNone = async () => assert.deepEqual(await graphql.query(VIDEO_ID, { id }), none, task.status);
    await isNone();
    for (const status of ['CANCELED', 'UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING'] as const) {
      const asset = { sha256: createHash('sha256').update(id).digest('hex'), size: 1000 };
      const metadata = { duration: 20, filename: 'walk.mp4', height: 480, width: 854, fps: 25, size: 1000 };
      task = await step(app, task, status, status === 'VALIDATING' ? { asset, metadata } : {});
      await isNone();
    }
    await complete(app, task);
    type Data = { taskVideoId: { id: string; exist: boolean } };
    const { taskVideoId } = await graphql.query<Data>(VIDEO_ID, { id });
    assert.equal(taskVideoId.exist, true);
    assert.deepEqual(
      await graphql.query('query ($id: ID!) { video(id: $id) { task { id } } }', { id: taskVideoId.id }),
      {
        video: { task: { id } },
      },
    );
    const failed = await step(graphql.app, await addTask(graphql.app, indexId), 'FAILED', { failure: broken });
    assert.deepEqual(await graphql.query(VIDEO_ID, { id: globalId('Task', failed) }), none);
    assert.deepEqual(await graphql.query(VIDEO_ID, { id: 'nothing' }), { taskVideoId: null });
    assert.deepEqual(await graphql.query(VIDEO_ID, { id }, 'other'), { taskVideoId: null });
  });

  it('are canceled while their work goes on, and retried after', async () => {
    const id = globalId('Task', await addTask(graphql.app, indexId));
    const steps = [{ status: 'VALIDATING' }, { status: 'CANCELED' }];
    const canceled = { __typename: 'Task', status: 'CANCELED', attempt: 1, failure: null, history: steps };
    assert.deepEqual(await graphql.query(CHANGE('cancelTask'), { id }), { cancelTask: canceled });
    assert.deepEqual(await graphql.query(CHANGE('cancelTask'), { id }), {
      cancelTask: {
        __typename: 'ConflictError',
        code: 'CONFLICT',
        message: 'The task is CANCELED; only a task whose work is not over can be canceled.',
      },
    });
    assert.deepEqual(await graphql.query(CHANGE('retryTask'), { id }), {
      retryTask: {
        ...{ __typename: 'Task', status: 'VALIDATING', attempt: 2, failure: null },
        history: [...steps, { status: 'VALIDATING' }],
      },
    });
    assert.deepEqual(await graphql.query(CHANGE('retryTask'), { id }), {
      retryTask: {
        __typename: 'ConflictError',
        code: 'CONFLICT',
        message: 'The task is VALIDATING; only a FAILED or CANCELED task can be retried.',
      },
    });
  });

  it('are deleted in a terminal state only, with their video', async () => {
    const waiting = await addTask(graphql.app, indexId);
    assert.deepEqual(await graphql.query(DELETE, { id: globalId('Task', waiting) }), {
      deleteTask: {
        __typename: 'ConflictError',
        code: 'CONFLICT',
        message: 'The task is VALIDATING; cancel it first, or wait until it is READY or FAILED.',
      },
    });
    const { task, video } = await addVideo(graphql.app, indexId);
    const id = globalId('Task', task);
    assert.deepEqual(await graphql.query(DELETE, { id }), { deleteTask: { __typename: 'Deleted', id } });
    assert.deepEqual(
      await graphql.query('query ($id: ID!, $v: ID!) { task(id: $id) { id } video(id: $v) { id } }', {
        id,
        v: globalId('Video', video),
      }),
      { task: null, video: null },
    );
  });

  it('are not there under an id that is damaged, of another type or another tenant', async () => {
    const task = await addTask(graphql.app, indexId);
    const unknown = { __typename: 'NotFoundError', code: 'NOT_FOUND', message: 'No such task.' };
    for (const [id, tenant] of [
      ['%', 'default'],
      [globalId('Video', task), 'default'],
      [globalId('Task', task), 'other'],
    ] as const) {
      assert.deepEqual(await graphql.query(CHANGE('cancelTask'), { id }, tenant), { cancelTask: unknown });
      assert.deepEqual(await graphql.query(CHANGE('retryTask'), { id }, tenant), { retryTask: unknown });
      assert.deepEqual(await graphql.query(DELETE, { id }, tenant), { deleteTask: unknown });
      assert.deepEqual(await graphql.query('query ($id: ID!) { task(id: $id) { id } }', { id }, tenant), {
        task: null,
      });
    }
  });
});
