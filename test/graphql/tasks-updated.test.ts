import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { IndexRow, TaskRow } from '../../src/db/schema.ts';
import { advance } from '../../src/domain/advance-task.ts';
import { deleteIndex } from '../../src/domain/indexes.ts';
import { deleteTask, retryTask } from '../../src/domain/tasks.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addTask, complete, globalId, step, untilHinted, validate } from '../helpers/tasks.ts';

const WATCH = 'subscription ($id: ID!) { tasksUpdated(indexId: $id) { id status attempt index { name } } }';

interface Update {
  tasksUpdated: { id: string; status: string; attempt: number };
}

describe('tasksUpdated', () => {
  let graphql: GraphQLApp;
  const watch = (index: IndexRow) => graphql.subscribe<Update>(WATCH, { id: globalId('Index', index) });

  /** The next `count` states, by task in the order of their coming. */
  async function take(events: AsyncIterator<Update>, count: number) {
    const states = new Map<string, string[]>();
    for (let n = 0; n < count; n += 1) {
      const { id, status, attempt } = (await events.next()).value?.tasksUpdated ?? {};
      const key = Buffer.from(id ?? '', 'base64')
        .toString()
        .replace('Task:', '');
      states.set(key, [...(states.get(key) ?? []), `${status} ${attempt}`]);
    }
    return states;
  }

  before(async () => {
    graphql = await createGraphQLApp();
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('gives each task of the index, then every state of each and of new ones, and does not end with them', async () => {
    const { app } = graphql;
    const index = await addIndex(app);
    const other = await addIndex(app);
    const first = await addTask(app, index.id);
    const ended = await step(app, await addTask(app, index.id), 'CANCELED');
    const events = await watch(index);
    assert.deepEqual(
      await take(events, 2),
      new Map([
        [first.id, ['VALIDATING 1']],
        [ended.id, ['CANCELED 1']],
      ]),
    );
    await addTask(app, other.id);
    const added = await addTask(app, index.id);
    await complete(app, await validate(app, first));
    await step(app, added, 'CANCELED');
    assert.deepEqual(
      await take(events, 6),
      new Map([
        [first.id, ['PENDING 1', 'QUEUED 1', 'INDEXING 1', 'READY 1']],
        [added.id, ['VALIDATING 1', 'CANCELED 1']],
      ]),
    );
    const again = await app.db.transaction((tx) => retryTask(tx, app.queue, 'default', ended.id));
    await app.db.transaction((tx) => deleteTask(tx, app.queue, 'default', first.id));
    await step(app, again, 'CANCELED');
    assert.deepEqual(await take(events, 2), new Map([[ended.id, ['VALIDATING 2', 'CANCELED 2']]]));
    await events.return?.();
  });

  it('gives many tasks without gaps to a consumer that looks late', async () => {
    const { app } = graphql;
    const index = await addIndex(app);
    const events = await watch(index);
    const next = events.next();
    const tasks: TaskRow[] = [];
    for (let n = 0; n < 120; n += 1) tasks.push(await addTask(app, index.id));
    for (const task of tasks) await validate(app, task);
    await next;
    const states = await take(events, 120 * 4 - 1);
    assert.equal(states.size, 120);
    for (const [n, task] of tasks.entries())
      assert.deepEqual(
        states.get(task.id),
        ['VALIDATING 1', 'PENDING 1', 'QUEUED 1', 'INDEXING 1'].slice(n === 0 ? 1 : 0),
      );
    await events.return?.();
  });

  it('learns of a change whose hint was lost', async () => {
    const { app } = graphql;
    const index = await addIndex(app);
    const known = await untilHinted(app, () => addTask(app, index.id));
    const events = await watch(index);
    await take(events, 1);
    await app.db.transaction(({ orm }) => advance({ orm, emit() {} }, known, 'VALIDATING', 'CANCELED'));
    assert.deepEqual(await take(events, 1), new Map([[known.id, ['CANCELED 1']]]));
    await events.return?.();
  });

  it('ends when the index is deleted, with and without tasks', async () => {
    const { app } = graphql;
    for (const tasks of [1, 0]) {
      const index = await addIndex(app);
      if (tasks > 0) await addTask(app, index.id);
      const events = await watch(index);
      await take(events, tasks);
      const next = events.next();
      await app.db.transaction((tx) => deleteIndex(tx, app.queue, 'default', index.id));
      assert.deepEqual(await next, { done: true, value: undefined });
    }
  });

  it('is refused for an index that is not there', async () => {
    const index = await addIndex(graphql.app);
    for (const [id, tenant] of [
      ['%', 'default'],
      [globalId('Task', index), 'default'],
      [globalId('Index', index), 'other'],
    ] as const) {
      const { errors } = await graphql.refused(WATCH, { id }, tenant);
      assert.deepEqual(errors?.[0]?.extensions, { code: 'NOT_FOUND' });
    }
  });
});
