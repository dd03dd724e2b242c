import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TaskRow } from '../../src/db/schema.ts';
import { advance, reportProgress } from '../../src/domain/advance-task.ts';
import { deleteTask, retryTask } from '../../src/domain/tasks.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addTask, complete, globalId, step, untilHinted, validate } from '../helpers/tasks.ts';

const WATCH = `subscription ($id: ID!) {
  taskUpdated(id: $id) {
    status attempt progress updatedAt failure { code } metadata { duration } video { id } history { status }
  }
}`;

interface Update {
  taskUpdated: {
    status: string;
    attempt: number;
    progress: number;
    updatedAt: string;
    failure: { code: string } | null;
    metadata: object | null;
    video: object | null;
    history: { status: string }[];
  };
}

const failure = { code: 'INTERNAL', message: 'It broke.', actual: null, allowed: null } as const;

describe('taskUpdated', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  const watch = (task: TaskRow) => graphql.subscribe<Update>(WATCH, { id: globalId('Task', task) });
  const nextStatus = async (events: AsyncIterator<Update>) => (await events.next()).value?.taskUpdated.status;
  const all = async (events: AsyncIterable<Update>) =>
    (await Array.fromAsync(events)).map(({ taskUpdated }) => taskUpdated);

  before(async () => {
    graphql = await createGraphQLApp();
    indexId = (await addIndex(graphql.app)).id;
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('gives the current state at once, each later one as it comes, and ends after READY', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    assert.equal(await nextStatus(events), 'VALIDATING');
    const pending = await step(graphql.app, begun, 'PENDING', {
      metadata: { duration: 20, filename: 'a.mp4', height: 480, width: 854, fps: 25, size: 1 },
    });
    assert.equal(await nextStatus(events), 'PENDING');
    const queued = await step(graphql.app, pending, 'QUEUED');
    assert.equal(await nextStatus(events), 'QUEUED');
    const indexing = await step(graphql.app, queued, 'INDEXING');
    assert.equal(await nextStatus(events), 'INDEXING');
    await complete(graphql.app, indexing);
    const { value } = await events.next();
    assert.equal(value?.taskUpdated.status, 'READY');
    assert.ok(value?.taskUpdated.video);
    assert.deepEqual(await events.next(), { done: true, value: undefined });
  });

  it('gives a slow consumer every state without gaps, each as the task was in it', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    const indexing = await validate(graphql.app, begun);
    const ready = await complete(graphql.app, indexing);
    const updates = await all(events);
    const states = ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];
    assert.deepEqual(
      updates.map(({ status }) => status),
      states,
    );
    updates.forEach((update, n) => {
      assert.equal(update.metadata !== null, n > 0);
      assert.equal(update.video !== null, update.status === 'READY');
      assert.deepEqual(
        update.history.map(({ status }) => status),
        states.slice(0, n + 1),
      );
    });
    assert.deepEqual(
      updates.map(({ progress }) => progress),
      [0.1, 0.6, 0.6, 0.65, 1],
    );
    const times = updates.map(({ updatedAt }) => updatedAt);
    assert.deepEqual(times, [...new Set(times)].sort());
    assert.equal(times.at(-1), ready.updatedAt.toISOString());
  });

  it('gives the progress within a state', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    await events.next();
    await graphql.app.db.transaction((tx) => reportProgress(tx, begun, 'VALIDATING', 0.5));
    const { value } = await events.next();
    assert.equal(value?.taskUpdated.status, 'VALIDATING');
    assert.ok(Math.abs((value?.taskUpdated.progress ?? 0) - 0.35) < 1e-9);
    await step(graphql.app, begun, 'CANCELED');
    assert.equal(await nextStatus(events), 'CANCELED');
    assert.equal((await events.next()).done, true);
  });

  it('tells nothing twice, however often it is hinted at', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    await events.next();
    const hint = JSON.stringify([{ topic: 'task:changed', ids: [begun.id, indexId] }]);
    for (let n = 0; n < 3; n += 1) await graphql.app.db.notify('reelgraph', hint);
    const next = nextStatus(events);
    for (let n = 0; n < 3; n += 1) await graphql.app.db.notify('reelgraph', hint);
    await step(graphql.app, begun, 'FAILED', { failure });
    assert.equal(await next, 'FAILED');
    assert.equal((await events.next()).done, true);
  });

  it('gives a terminal task once', async () => {
    const failed = await step(graphql.app, await addTask(graphql.app, indexId), 'FAILED', { failure });
    const updates = await all(await watch(failed));
    assert.deepEqual(
      updates.map((update) => [update.status, update.failure]),
      [['FAILED', { code: 'INTERNAL' }]],
    );
  });

  it('ends at a failure that a slow consumer learns of after the retry', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    await events.next();
    await step(graphql.app, begun, 'FAILED', { failure });
    const { db, queue } = graphql.app;
    const again = await db.transaction((tx) => retryTask(tx, queue, 'default', begun.id));
    const updates = await all(events);
    assert.deepEqual(
      updates.map((update) => [update.status, update.attempt, update.failure]),
      [['FAILED', 1, { code: 'INTERNAL' }]],
    );
    const following = await watch(again);
    assert.equal((await following.next()).value?.taskUpdated.attempt, 2);
    await following.return?.();
  });

  it('ends when the task is deleted', async () => {
    const begun = await addTask(graphql.app, indexId);
    const events = await watch(begun);
    await events.next();
    const { db, queue } = graphql.app;
    const next = events.next();
    await db.transaction(async (tx) => {
      await advance(tx, begun, 'VALIDATING', 'CANCELED');
      await deleteTask(tx, queue, 'default', begun.id);
    });
    assert.equal((await next).done, true);
  });

  it('learns of a change whose hint was lost', async () => {
    const begun = await untilHinted(graphql.app, () => addTask(graphql.app, indexId));
    const events = await watch(begun);
    await events.next();
    await graphql.app.db.transaction(({ orm }) => advance({ orm, emit() {} }, begun, 'VALIDATING', 'CANCELED'));
    assert.equal(await nextStatus(events), 'CANCELED');
  });

  it('is refused for a task that is not there', async () => {
    const task = await addTask(graphql.app, indexId);
    for (const [id, tenant] of [
      ['%', 'default'],
      [globalId('Index', { id: indexId }), 'default'],
      [globalId('Task', { id: indexId }), 'default'],
      [globalId('Task', task), 'other'],
    ] as const) {
      const { errors } = await graphql.refused(WATCH, { id }, tenant);
      assert.deepEqual(errors?.[0]?.extensions, { code: 'NOT_FOUND' });
    }
  });

  it('stops listening when its consumer leaves: before the first event, while waiting, and at the end', async () => {
    const { events } = graphql.app;
    const { subscribe } = events;
    let listening = 0;
    events.subscribe = (topic, receive) => {
      const unsubscribe = subscribe(topic, receive);
      listening += 1;
      let ended = false;
      return () => {
        if (!ended) listening -= 1;
        ended = true;
        unsubscribe();
      };
    };
    try {
      const begun = await addTask(graphql.app, indexId);
      const never = await watch(begun);
      assert.equal(listening, 1);
      await never.return?.();
      assert.equal(listening, 0);

      const waiting = await watch(begun);
      await waiting.next();
      const next = waiting.next();
      await waiting.return?.();
      assert.deepEqual(await next, { done: true, value: undefined });
      assert.equal(listening, 0);

      const ending = await watch(begun);
      await step(graphql.app, begun, 'CANCELED');
      await all(ending);
      assert.equal(listening, 0);

      await graphql.refused(WATCH, { id: globalId('Task', { id: indexId }) });
      assert.equal(listening, 0);
    } finally {
      events.subscribe = subscribe;
    }
  });
});
