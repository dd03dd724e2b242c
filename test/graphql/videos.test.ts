import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { addIndex, addVideo, globalId, segment, vectorAt } from '../helpers/tasks.ts';

const UPDATE = `mutation ($input: UpdateVideoInput!) {
  updateVideo(input: $input) {
    __typename
    ... on Video { userMetadata }
    ... on Error { code }
    ... on InvalidInputError { issues { path } }
  }
}`;
const DELETE =
  'mutation ($id: ID!) { deleteVideo(id: $id) { __typename ... on Deleted { id } ... on Error { code } } }';
const SEGMENTS = `query ($id: ID!, $first: Int, $after: String, $modalities: [Modality!]) {
  video(id: $id) {
    segments(first: $first, after: $after, modalities: $modalities) {
      totalCount
      edges { cursor node { startOffset endOffset modality scope thumbnailUrl embedding text } }
      pageInfo { hasNextPage hasPreviousPage }
    }
  }
}`;

interface Segments {
  video: {
    segments: {
      totalCount: number;
      edges: { cursor: string; node: { startOffset: number; scope: string; embedding: number[] } }[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
    };
  };
}

describe('videos', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  before(async () => {
    graphql = await createGraphQLApp();
    indexId = (await addIndex(graphql.app)).id;
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('have their clips by time, then what stands for the whole', async () => {
    const clips = [0, 6, 12].map((start) => segment(start, vectorAt(start)));
    const whole = segment(0, vectorAt(1), { endOffset: 20, scope: 'VIDEO', thumbnail: null });
    const { video } = await addVideo(graphql.app, indexId, { segments: [...clips, whole] });
    const id = globalId('Video', video);
    const first = (await graphql.query<Segments>(SEGMENTS, { id, first: 2 })).video.segments;
    assert.equal(first.totalCount, 4);
    assert.deepEqual(first.pageInfo, { hasNextPage: true, hasPreviousPage: false });
    const { embedding = [], ...node } = first.edges[1]?.node ?? {};
    assert.deepEqual(node, {
      startOffset: 6,
      endOffset: 12,
      modality: 'VISUAL',
      scope: 'CLIP',
      thumbnailUrl: `${ORIGIN}/thumbnails/${video.id}/frames/6.jpg`,
      text: null,
    });
    assert.equal(embedding.length, 256);
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 0.001);
    const rest = (await graphql.query<Segments>(SEGMENTS, { id, after: first.edges[1]?.cursor })).video.segments;
    assert.deepEqual(
      rest.edges.map(({ node: { startOffset, scope } }) => [startOffset, scope]),
      [
        [12, 'CLIP'],
        [0, 'VIDEO'],
      ],
    );
    assert.deepEqual(rest.pageInfo, { hasNextPage: false, hasPreviousPage: true });
    const others = (await graphql.query<Segments>(SEGMENTS, { id, modalities: ['AUDIO'] })).video.segments;
    assert.deepEqual([others.totalCount, others.edges], [0, []]);
  });

  it('take user metadata key by key', async () => {
    const { video } = await addVideo(graphql.app, indexId, { userMetadata: { a: 1, b: 2 } });
    const update = (userMetadata: object, tenant?: string) =>
      graphql.query(UPDATE, { input: { id: globalId('Video', video), userMetadata } }, tenant);
    assert.deepEqual(await update({ a: null, c: { d: [true, null] } }), {
      updateVideo: { __typename: 'Video', userMetadata: { b: 2, c: { d: [true, null] } } },
    });
    assert.deepEqual(await update({ b: 'x'.repeat(70_000) }), {
      updateVideo: {
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        issues: [{ path: ['input', 'userMetadata'] }],
      },
    });
    assert.deepEqual(await update({}, 'other'), { updateVideo: { __typename: 'NotFoundError', code: 'NOT_FOUND' } });
  });

  it('are deleted with their task', async () => {
    const { task, video } = await addVideo(graphql.app, indexId);
    const id = globalId('Video', video);
    for (const [given, tenant] of [
      ['%', 'default'],
      [globalId('Task', task), 'default'],
      [id, 'other'],
    ] as const)
      assert.deepEqual(await graphql.query(DELETE, { id: given }, tenant), {
        deleteVideo: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      });
    assert.deepEqual(await graphql.query(DELETE, { id }), { deleteVideo: { __typename: 'Deleted', id } });
    assert.deepEqual(
      await graphql.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [id, globalId('Task', task)] }),
      { nodes: [null, null] },
    );
  });
});
