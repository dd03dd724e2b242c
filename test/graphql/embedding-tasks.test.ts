import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { endEmbeddingTask, noteEmbeddingTask } from '../../src/domain/advance-embedding-task.ts';
import { addEmbeddingTask, completeEmbedding } from '../helpers/embedding-tasks.ts';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { globalId, segment, vectorAt } from '../helpers/tasks.ts';

const CANCEL = `mutation ($id: ID!) {
  cancelEmbeddingTask(id: $id) { __typename ... on EmbeddingTask { id status } ... on Error { code message } }
}`;
const DELETE = `mutation ($id: ID!) {
  deleteEmbeddingTask(id: $id) { __typename ... on Deleted { id } ... on Error { code message } }
}`;
const SEGMENTS = `query ($id: ID!, $first: Int, $after: String, $modalities: [Modality!], $scope: EmbeddingScope) {
  embeddingTask(id: $id) {
    segments(first: $first, after: $after, modalities: $modalities, scope: $scope) {
      totalCount
      edges { cursor node { startOffset endOffset modality scope thumbnailUrl embedding text } }
      pageInfo { hasNextPage hasPreviousPage }
    }
  }
}`;
const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: EmbeddingTaskFilter, $orderBy: EmbeddingTaskOrder) {
  embeddingTasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount
    edges { cursor node { id status createdAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface Segments {
  embeddingTask: {
    segments: {
      totalCount: number;
      edges: { cursor: string; node: { startOffset: number; scope: string; embedding: number[] | null } }[];
      pageInfo: object;
    } | null;
  };
}
interface List {
  embeddingTasks: {
    totalCount: number;
    edges: { node: { id: string; status: string; createdAt: string } }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  };
}

const failure = { code: 'BROKEN_VIDEO_FILE', message: 'Broken.', actual: '3 frames', allowed: '0' } as const;

describe('embedding tasks', () => {
  let graphql: GraphQLApp;
  const id = (row: { id: string }) => globalId('EmbeddingTask', row);
  const fail = (row: { id: string }) =>
    graphql.app.db.transaction((tx) => endEmbeddingTask(tx, graphql.app.queue, row.id, 'FAILED', { failure }));
  const list = async (variables: object = {}) => (await graphql.query<List>(LIST, { ...variables })).embeddingTasks;
  const ids = ({ edges }: List['embeddingTasks']) => edges.map(({ node }) => node.id);

  before(async () => {
    graphql = await createGraphQLApp();
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('show what is known of them in each state', async () => {
    const document = `query ($id: ID!) { embeddingTask(id: $id) {
      id status progress model { name } failure { code message actual allowed }
      metadata { duration filename height width fps size } segments { totalCount } createdAt updatedAt
    } }`;
    const begun = await addEmbeddingTask(graphql.app);
    const metadata = { duration: 20, filename: 'clip.mp4', height: 480, width: 854, fps: 25, size: 1000 };
    await graphql.app.db.transaction((tx) => noteEmbeddingTask(tx, begun.id, { progress: 0.4, metadata }));
    const processing = {
      ...{ id: id(begun), status: 'PROCESSING', progress: 0.4, model: { name: 'builtin' }, failure: null, metadata },
      ...{ segments: null, createdAt: begun.createdAt.toISOString(), updatedAt: begun.updatedAt.toISOString() },
    };
    assert.deepEqual(await graphql.query(document, { id: id(begun) }), { embeddingTask: processing });
    const ended = await fail(begun);
    const updatedAt = ended.updatedAt.toISOString();
    assert.deepEqual(await graphql.query(document, { id: id(begun) }), {
      embeddingTask: { ...processing, status: 'FAILED', failure, updatedAt },
    });
    for (const other of ['nothing', globalId('Task', begun), id({ id: randomUUID() })])
      assert.deepEqual(await graphql.query(document, { id: other }), { embeddingTask: null });
    assert.deepEqual(await graphql.query(document, { id: id(begun) }, 'other'), { embeddingTask: null });
  });

  it('have their clips by time, then what stands for the whole; by modality and scope where asked', async () => {
    const clips = [0, 6, 12].map((start) => segment(start, vectorAt(start)));
    const words = segment(0, vectorAt(0), { modality: 'TEXT_IN_VIDEO', embedding: null, text: 'EXIT' });
    const whole = segment(0, vectorAt(1), { endOffset: 20, scope: 'VIDEO', thumbnail: null });
    const task = await addEmbeddingTask(graphql.app);
    await completeEmbedding(graphql.app, task, [...clips, words, whole]);
    const read = async (variables: object = {}) =>
      (await graphql.query<Segments>(SEGMENTS, { id: id(task), ...variables })).embeddingTask.segments ?? assert.fail();
    const first = await read({ first: 2 });
    assert.deepEqual([first.totalCount, first.pageInfo], [5, { hasNextPage: true, hasPreviousPage: false }]);
    const { embedding, ...node } = first.edges[1]?.node ?? assert.fail();
    assert.deepEqual(node, {
      ...{ startOffset: 6, endOffset: 12, modality: 'VISUAL', scope: 'CLIP', text: null },
      thumbnailUrl: `${ORIGIN}/thumbnails/${task.id}/frames/6.jpg`,
    });
    // At full precision, unlike that of a video.
    assert.deepEqual(Float32Array.from(embedding ?? []), vectorAt(6));
    const rest = await read({ after: first.edges[1]?.cursor });
    assert.deepEqual(
      rest.edges.map(({ node: { startOffset, scope } }) => [startOffset, scope]),
      [
        [12, 'CLIP'],
        [0, 'CLIP'],
        [0, 'VIDEO'],
      ],
    );
    assert.equal((await read({ scope: 'VIDEO' })).totalCount, 1);
    assert.equal((await read({ modalities: ['AUDIO'] })).totalCount, 0);
    const read2 = await read({ modalities: ['TEXT_IN_VIDEO'], scope: 'CLIP' });
    assert.deepEqual([read2.totalCount, read2.edges[0]?.node.embedding], [1, null]);
  });

  it('read vectors only where they are asked for, and a page of tasks in one statement', async () => {
    for (let n = 0; n < 3; n += 1)
      await completeEmbedding(graphql.app, await addEmbeddingTask(graphql.app), [segment(0, vectorAt(n))]);
    const statements = (fields: string) =>
      graphql.statementsOf(() =>
        graphql.query(`{ embeddingTasks(filter: { status: [READY] }) { edges { node { segments { ...Page } } } } }
          fragment Page on SegmentConnection { edges { ... on SegmentEdge { node { ${fields} } } } }`),
      );
    const plain = await statements('startOffset text thumbnailUrl');
    assert.equal(plain.length, 2);
    assert.doesNotMatch(plain.join(), /"embedding"/);
    assert.match((await statements('vector: embedding')).join(), /"embedding"/);
  });

  it('are listed in either direction and order, narrowed by state and time, and counted', async () => {
    const rows = [];
    for (let n = 0; n < 4; n += 1) rows.push(await addEmbeddingTask(graphql.app));
    const [a, b, c, d] = rows.map(id);
    const createdAfter = rows[0]?.createdAt.toISOString();
    const filter = { createdAfter };
    const newest = await list({ filter, first: 3 });
    assert.deepEqual([ids(newest), newest.totalCount, newest.pageInfo.hasNextPage], [[d, c, b], 4, true]);
    const next = await list({ filter, first: 3, after: newest.pageInfo.endCursor });
    assert.deepEqual([ids(next), next.pageInfo.hasNextPage, next.pageInfo.hasPreviousPage], [[a], false, true]);
    assert.deepEqual(ids(await list({ filter, last: 2 })), [b, a]);
    assert.deepEqual(ids(await list({ filter, last: 2, before: next.pageInfo.startCursor })), [c, b]);
    await fail(rows[1] ?? assert.fail());
    const updated = { field: 'UPDATED_AT', direction: 'ASC' };
    assert.deepEqual(ids(await list({ filter, orderBy: updated })), [a, c, d, b]);
    assert.deepEqual(ids(await list({ filter: { ...filter, status: ['FAILED', 'CANCELED'] } })), [b]);
    // More than a statement takes parameters.
    assert.deepEqual(ids(await list({ filter: { ...filter, status: Array(70_000).fill('FAILED') } })), [b]);
    assert.deepEqual(ids(await list({ filter: { ...filter, createdBefore: createdAfter } })).includes(a ?? ''), true);
    assert.equal((await graphql.query<List>(LIST, {}, 'other')).embeddingTasks.totalCount, 0);
    const { errors } = await graphql.execute(LIST, { first: 101 });
    assert.equal(errors?.[0]?.extensions.code, 'INVALID_INPUT');
  });

  it('are nodes', async () => {
    const task = await addEmbeddingTask(graphql.app);
    const document = `query ($ids: [ID!]!, $id: ID!) {
      node(id: $id) { id ... on EmbeddingTask { status } } nodes(ids: $ids) { id }
    }`;
    const none = id({ id: randomUUID() });
    assert.deepEqual(await graphql.query(document, { id: id(task), ids: [none, id(task)] }), {
      node: { id: id(task), status: 'PROCESSING' },
      nodes: [null, { id: id(task) }],
    });
  });

  it('are canceled while PROCESSING and deleted afterwards', async () => {
    const task = await addEmbeddingTask(graphql.app);
    const code = async (document: string, key: string, tenant?: string) =>
      Object.values(await graphql.query<Record<string, { code: string }>>(document, { id: key }, tenant))[0]?.code;
    for (const document of [CANCEL, DELETE]) {
      assert.equal(await code(document, 'nothing'), 'NOT_FOUND');
      assert.equal(await code(document, globalId('Task', task)), 'NOT_FOUND');
      assert.equal(await code(document, id(task), 'other'), 'NOT_FOUND');
    }
    assert.equal(await code(DELETE, id(task)), 'CONFLICT');
    assert.deepEqual(await graphql.query(CANCEL, { id: id(task) }), {
      cancelEmbeddingTask: { __typename: 'EmbeddingTask', id: id(task), status: 'CANCELED' },
    });
    assert.equal(await code(CANCEL, id(task)), 'CONFLICT');
    assert.deepEqual(await graphql.query(DELETE, { id: id(task) }), {
      deleteEmbeddingTask: { __typename: 'Deleted', id: id(task) },
    });
    assert.equal(await code(DELETE, id(task)), 'NOT_FOUND');
  });
});
