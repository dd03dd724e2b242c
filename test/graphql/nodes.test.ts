import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addVideo, globalId } from '../helpers/tasks.ts';

const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }';
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

describe('nodes', () => {
  let graphql: GraphQLApp;
  let ids: { index: string; task: string; video: string };
  before(async () => {
    graphql = await createGraphQLApp();
    const index = await addIndex(graphql.app);
    const { task, video } = await addVideo(graphql.app, index.id);
    ids = { index: globalId('Index', index), task: globalId('Task', task), video: globalId('Video', video) };
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('are found by their ids', async () => {
    for (const [id, __typename] of [
      [ids.index, 'Index'],
      [ids.task, 'Task'],
      [ids.video, 'Video'],
    ])
      assert.deepEqual(await graphql.query(NODE, { id }), { node: { __typename, id } });
  });

  it('are null for ids that name nothing', async () => {
    const unknown = [
      'Task:0191d8f0-0000-7000-8000-000000000000',
      'Task:x',
      'Segment:1',
      'Query:1',
      '__proto__:1',
      'Task',
    ];
    for (const id of ['', '%%%', ...unknown.map((text) => Buffer.from(text).toString('base64'))])
      assert.deepEqual(await graphql.query(NODE, { id }), { node: null });
    assert.deepEqual(await graphql.query(NODE, { id: ids.task }, 'other'), { node: null });
  });

  it('come in the order of the ids, twice where asked for twice', async () => {
    const asked = [ids.video, 'nothing', ids.index, ids.video, ids.task];
    assert.deepEqual(await graphql.query(NODES, { ids: asked }), {
      nodes: [
        { __typename: 'Video', id: ids.video },
        null,
        { __typename: 'Index', id: ids.index },
        { __typename: 'Video', id: ids.video },
        { __typename: 'Task', id: ids.task },
      ],
    });
  });

  it('are at most 100 at a time', async () => {
    assert.deepEqual(await graphql.query(NODES, { ids: [] }), { nodes: [] });
    await graphql.query(NODES, { ids: new Array(100).fill(ids.task) });
    const { errors } = await graphql.execute(NODES, { ids: new Array(101).fill(ids.task) });
    assert.equal(errors?.length, 1);
    assert.deepEqual(errors?.[0]?.extensions, {
      code: 'INVALID_INPUT',
      issues: [{ path: ['ids'], message: '101 ids given; allowed are 0 to 100.' }],
    });
  });
});
