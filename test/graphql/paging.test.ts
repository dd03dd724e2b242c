import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TaskRow } from '../../src/db/schema.ts';
import { cancelTask } from '../../src/domain/tasks.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addTask, addVideo, globalId, step } from '../helpers/tasks.ts';

const TASKS = `query (
  $first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder
) {
  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface Tasks {
  tasks: {
    totalCount: number;
    edges: { cursor: string; node: { id: string } }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  };
}

describe('pages of tasks', () => {
  let graphql: GraphQLApp;
  /** Oldest first. */
  const tasks: TaskRow[] = [];
  let indexId: string;

  const page = async (variables: Record<string, unknown>) => {
    const data = await graphql.query<Tasks>(TASKS, { filter: { indexId }, ...variables });
    const names = new Map(tasks.map((task, n) => [globalId('Task', task), n]));
    return { ...data.tasks, numbers: data.tasks.edges.map(({ node }) => names.get(node.id)) };
  };

  before(async () => {
    graphql = await createGraphQLApp();
    const index = await addIndex(graphql.app);
    const other = await addIndex(graphql.app);
    indexId = globalId('Index', index);
    for (let n = 0; n < 7; n += 1)
      tasks.push(await addTask(graphql.app, index.id, { filename: n === 3 ? '100%_Sure.MP4' : `clip ${n}.mp4` }));
    await addTask(graphql.app, other.id);
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('go forward, newest first, to the end', async () => {
    const first = await page({ first: 3 });
    assert.deepEqual(first.numbers, [6, 5, 4]);
    assert.equal(first.totalCount, 7);
    assert.deepEqual(first.pageInfo, {
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0]?.cursor,
      endCursor: first.edges[2]?.cursor,
    });
    const second = await page({ first: 3, after: first.pageInfo.endCursor });
    assert.deepEqual(second.numbers, [3, 2, 1]);
    const third = await page({ first: 3, after: second.pageInfo.endCursor });
    assert.deepEqual(third.numbers, [0]);
    assert.deepEqual([third.pageInfo.hasNextPage, third.pageInfo.hasPreviousPage], [false, true]);
  });

  it('go backward from the end, in the same order', async () => {
    const last = await page({ last: 3 });
    assert.deepEqual(last.numbers, [2, 1, 0]);
    assert.deepEqual([last.pageInfo.hasNextPage, last.pageInfo.hasPreviousPage], [false, true]);
    const before = await page({ last: 3, before: last.pageInfo.startCursor });
    assert.deepEqual(before.numbers, [5, 4, 3]);
    assert.deepEqual([before.pageInfo.hasNextPage, before.pageInfo.hasPreviousPage], [true, true]);
  });

  it('keep their cursors when rows come and go', async () => {
    const { edges } = await page({ first: 2, orderBy: { field: 'CREATED_AT', direction: 'ASC' } });
    const late = await addTask(graphql.app, tasks[0]?.indexId ?? '');
    const again = await page({ first: 2, orderBy: { field: 'CREATED_AT', direction: 'ASC' } });
    assert.deepEqual(again.edges, edges);
    await step(graphql.app, late, 'CANCELED');
    await graphql.query('mutation ($id: ID!) { deleteTask(id: $id) { __typename } }', { id: globalId('Task', late) });
    const after = await page({ first: 1, after: edges[1]?.cursor, orderBy: { field: 'CREATED_AT', direction: 'ASC' } });
    assert.deepEqual(after.numbers, [2]);
  });

  it('are empty for 0', async () => {
    assert.deepEqual((await page({ first: 0 })).pageInfo, {
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  });

  it('are ordered by what is asked for', async () => {
    const [oldest] = tasks;
    assert.ok(oldest);
    assert.deepEqual(
      (await page({ orderBy: { field: 'CREATED_AT', direction: 'ASC' } })).numbers,
      [0, 1, 2, 3, 4, 5, 6],
    );
    await graphql.app.db.transaction((tx) => cancelTask(tx, 'default', oldest.id));
    const updated = { orderBy: { field: 'UPDATED_AT', direction: 'DESC' } };
    const first = await page({ ...updated, first: 2 });
    assert.deepEqual(first.numbers, [0, 6]);
    assert.deepEqual((await page({ ...updated, first: 2, after: first.pageInfo.endCursor })).numbers, [5, 4]);
  });

  it('are narrowed by filters, which the count respects', async () => {
    const named = await page({ filter: { indexId, filename: '%_sure' } });
    assert.deepEqual([named.numbers, named.totalCount], [[3], 1]);
    assert.deepEqual((await page({ filter: { indexId, status: ['CANCELED'] } })).numbers, [0]);
    assert.deepEqual((await page({ filter: { indexId, status: [] } })).numbers, []);
    const from = tasks[5]?.createdAt;
    assert.deepEqual((await page({ filter: { indexId, createdAfter: from } })).numbers, [6, 5]);
    assert.deepEqual((await page({ filter: { indexId, createdBefore: from }, first: 2 })).numbers, [5, 4]);
    assert.equal((await page({ filter: {} })).totalCount, 8);
    assert.equal((await page({ filter: { indexId: 'nothing' } })).totalCount, 0);
    assert.equal((await page({ filter: { indexId: globalId('Task', { id: tasks[0]?.id ?? '' }) } })).totalCount, 0);
  });

  it('refuse sizes that are out of range, both directions at once, and cursors that are none', async () => {
    for (const [variables, path] of [
      [{ first: 500 }, 'first'],
      [{ first: -1 }, 'first'],
      [{ last: 101 }, 'last'],
      [{ first: 1, last: 1 }, 'first'],
      [{ after: 'nonsense' }, 'after'],
      [{ before: '' }, 'before'],
      [{ after: cursorOf('2026-01-01T00:00:00.000Z', 'no id') }, 'after'],
      [{ after: cursorOf('+012026-01-01T00:00:00.000Z', indexId) }, 'after'],
      [{ after: cursorOf(1, 'rank') }, 'after'],
    ] as const) {
      const { errors, data } = await graphql.execute(TASKS, variables);
      assert.equal(data, null);
      const { code, issues = [] } = (errors?.[0]?.extensions ?? {}) as { code?: string; issues?: { path: string[] }[] };
      assert.equal(code, 'INVALID_INPUT', JSON.stringify(variables));
      assert.deepEqual(issues[0]?.path, [path]);
    }
  });

  it('refuse times that are none, or that the database cannot say', async () => {
    for (const createdAfter of [
      'yesterday',
      '2026-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
    ]) {
      const { errors } = await graphql.execute(TASKS, { filter: { createdAfter } });
      assert.match(errors?.[0]?.message ?? '', /createdAfter|DateTime/);
      assert.ok(!errors?.[0]?.originalError || errors[0].originalError.name === 'GraphQLError');
    }
  });
});

function cursorOf(...place: unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

describe('pages of indexes', () => {
  let graphql: GraphQLApp;
  before(async () => {
    graphql = await createGraphQLApp();
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('are filtered, ordered and counted', async () => {
    const { app } = graphql;
    const [first] = [await addIndex(app, { name: 'Alpha' }), await addIndex(app, { name: 'beta' })];
    const document = `query ($filter: IndexFilter, $orderBy: IndexOrder) {
      indexes(filter: $filter, orderBy: $orderBy) { totalCount edges { node { name } } }
    }`;
    const names = async (variables = {}) => {
      type Data = { indexes: { totalCount: number; edges: { node: { name: string } }[] } };
      const { indexes } = await graphql.query<Data>(document, variables);
      assert.equal(indexes.totalCount, indexes.edges.length);
      return indexes.edges.map(({ node }) => node.name);
    };
    assert.deepEqual(await names(), ['beta', 'Alpha']);
    assert.deepEqual(await names({ filter: { name: 'ALPHA' } }), ['Alpha']);
    await graphql.query('mutation ($input: UpdateIndexInput!) { updateIndex(input: $input) { __typename } }', {
      input: { id: globalId('Index', first), name: 'gamma' },
    });
    assert.deepEqual(await names({ orderBy: { field: 'UPDATED_AT', direction: 'ASC' } }), ['beta', 'gamma']);
    assert.deepEqual(await graphql.query('{ indexes { totalCount } }', {}, 'other'), { indexes: { totalCount: 0 } });
  });

  it('hold pages of videos with filters of their own', async () => {
    const { app } = graphql;
    const index = await addIndex(app);
    const add = (filename: string, duration: number, userMetadata = {}) =>
      addVideo(app, index.id, { filename, metadata: { duration, width: 480, height: 854 }, userMetadata });
    await add('north.mp4', 20, { camera: { side: 'north' }, tags: ['a', 'b'] });
    await add('south.mp4', 40, { camera: { side: 'south' } });
    const document = `query ($id: ID!, $filter: VideoFilter, $last: Int) {
      index(id: $id) { videos(filter: $filter, last: $last) { totalCount edges { node { metadata { filename } } } } }
    }`;
    const names = async (filter = {}, last?: number) => {
      type Data = { index: { videos: { edges: { node: { metadata: { filename: string } } }[] } } };
      const data = await graphql.query<Data>(document, { id: globalId('Index', index), filter, last });
      return data.index.videos.edges.map(({ node }) => node.metadata.filename);
    };
    assert.deepEqual(await names(), ['south.mp4', 'north.mp4']);
    assert.deepEqual(await names({}, 1), ['north.mp4']);
    assert.deepEqual(await names({ minDuration: 40 }), ['south.mp4']);
    assert.deepEqual(await names({ maxDuration: 39.9 }), ['north.mp4']);
    assert.deepEqual(await names({ minHeight: 481 }), []);
    assert.deepEqual(await names({ filename: 'NORTH' }), ['north.mp4']);
    assert.deepEqual(await names({ userMetadata: { camera: { side: 'north' } } }), ['north.mp4']);
    assert.deepEqual(await names({ userMetadata: { tags: ['b'] } }), ['north.mp4']);
    await assert.rejects(names({ userMetadata: { note: '\ud800' } }), /Unicode has no such text/);
  });
});
