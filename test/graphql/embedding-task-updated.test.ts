import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { EmbeddingTaskRow } from '../../src/db/schema.ts';
import { noteEmbeddingTask } from '../../src/domain/advance-embedding-task.ts';
import { cancelEmbeddingTask, deleteEmbeddingTask } from '../../src/domain/embedding-tasks.ts';
import { addEmbeddingTask, completeEmbedding } from '../helpers/embedding-tasks.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { globalId, segment, vectorAt } from '../helpers/tasks.ts';

const WATCH = `subscription ($id: ID!) {
  embeddingTaskUpdated(id: $id) { status progress updatedAt metadata { duration } segments { totalCount } }
}`;

interface Update {
  embeddingTaskUpdated: {
    status: string;
    progress: number;
    updatedAt: string;
    metadata: object | null;
    segments: { totalCount: number } | null;
  };
}

describe('embeddingTaskUpdated', () => {
  let graphql: GraphQLApp;
  const watch = (task: EmbeddingTaskRow) => graphql.subscribe<Update>(WATCH, { id: globalId('EmbeddingTask', task) });
  const next = async (events: AsyncIterator<Update>) => (await events.next()).value?.embeddingTaskUpdated;
  const note = ({ id }: EmbeddingTaskRow, progress: number) =>
    graphql.app.db.transaction((tx) => noteEmbeddingTask(tx, id, { progress }));
  const cancel = ({ id }: EmbeddingTaskRow) =>
    graphql.app.db.transaction((tx) => cancelEmbeddingTask(tx, graphql.app.queue, 'default', id));

  before(async () => {
    graphql = await createGraphQLApp();
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('gives the current state at once, progress as it comes, and ends after READY, with the results', async () => {
    const begun = await addEmbeddingTask(graphql.app);
    const events = await watch(begun);
    assert.deepEqual([(await next(events))?.status, begun.progress], ['PROCESSING', 0.1]);
    await note(begun, 0.5);
    assert.equal((await next(events))?.progress, 0.5);
    const ready = await completeEmbedding(graphql.app, begun, [segment(0, vectorAt(0))]);
    assert.deepEqual(await next(events), {
      ...{ status: 'READY', progress: 1, updatedAt: ready.updatedAt.toISOString() },
      ...{ metadata: null, segments: { totalCount: 1 } },
    });
    assert.equal((await events.next()).done, true);
  });

  it('gives every state in order to a slow consumer, and a terminal one once', async () => {
    const begun = await addEmbeddingTask(graphql.app);
    const events = await watch(begun);
    await note(begun, 0.3);
    await cancel(begun);
    for (const states of [await Array.fromAsync(events), await Array.fromAsync(await watch(begun))]) {
      const told = states.map(({ embeddingTaskUpdated }) => embeddingTaskUpdated.status);
      assert.deepEqual(told, told.length === 2 ? ['PROCESSING', 'CANCELED'] : ['CANCELED']);
    }
  });

  it('learns of a change whose hint was lost, and ends when the task is deleted', async () => {
    const begun = await addEmbeddingTask(graphql.app);
    const events = await watch(begun);
    await next(events);
    const { queue, db } = graphql.app;
    await db.transaction(({ orm }) => cancelEmbeddingTask({ orm, emit() {} }, queue, 'default', begun.id));
    assert.equal((await next(events))?.status, 'CANCELED');
    const gone = await addEmbeddingTask(graphql.app);
    const ending = await watch(gone);
    await next(ending);
    const end = ending.next();
    await db.transaction(async (tx) => {
      await cancelEmbeddingTask(tx, queue, 'default', gone.id);
      await deleteEmbeddingTask(tx, queue, 'default', gone.id);
    });
    assert.equal((await end).done, true);
  });

  it('is refused for a task that is not there', async () => {
    const task = await addEmbeddingTask(graphql.app);
    for (const [id, tenant] of [
      ['%', 'default'],
      [globalId('Task', task), 'default'],
      [globalId('EmbeddingTask', { id: randomUUID() }), 'default'],
      [globalId('EmbeddingTask', task), 'other'],
    ] as const) {
      const { errors } = await graphql.refused(WATCH, { id }, tenant);
      assert.deepEqual(errors?.[0]?.extensions, { code: 'NOT_FOUND' });
    }
  });
});
