import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addTask, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

/**
 * What nests, with how many statements it takes. No two branches of one document load the same kind of thing: whether
 * their loads meet in one statement depends on which of two pages the database returns first.
 */
const PAGES = [
  [
    10,
    `query ($first: Int) {
      indexes(first: $first) { totalCount edges { node {
        name videoCount totalDuration
        tasks(first: 5) { totalCount edges { node {
          status progress history { status at } index { name } video { id task { status } }
        } } }
        waiting: tasks(first: 5, filter: { status: [VALIDATING] }) { edges { node { id } } }
      } } }
    }`,
  ],
  [
    8,
    `query ($first: Int) {
      indexes(first: $first) { edges { node {
        videos(first: 5) { totalCount edges { node {
          index { name } task { history { status } }
          segments(first: 2) { totalCount edges { node { startOffset } } }
        } } }
      } } }
    }`,
  ],
  [4, 'query ($first: Int) { tasks(first: $first) { edges { node { estimatedTime } } } }'],
] as const;

describe('the loaders', () => {
  let graphql: GraphQLApp;
  before(async () => {
    graphql = await createGraphQLApp();
    for (let n = 0; n < 6; n += 1) {
      const index = await addIndex(graphql.app);
      const segments = [0, 6, 12].map((start) => segment(start, vectorAt(start)));
      await addVideo(graphql.app, index.id, { segments });
      await addVideo(graphql.app, index.id, { segments });
      await addTask(graphql.app, index.id);
    }
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('ask the same number of statements for a nested page however many rows it has', async () => {
    for (const [expected, page] of PAGES)
      for (const first of [1, 6]) {
        const statements = await graphql.statementsOf(() => graphql.query(page, { first }));
        assert.equal(statements.length, expected, statements.join('\n'));
      }
  });

  it('count only where a count is asked for', async () => {
    const statements = await graphql.statementsOf(() => graphql.query('{ tasks(first: 2) { edges { cursor } } }'));
    assert.equal(statements.length, 1);
    assert.doesNotMatch(statements.join(), /count\(/);
  });

  it('load the video of a task only where more than its id is asked for', async () => {
    type List = { tasks: { edges: { node: { status: string; video: { id: string } | null } }[] } };
    const list = async (fields: string) => {
      let videos: (string | null)[] = [];
      const statements = await graphql.statementsOf(async () => {
        const { tasks } = await graphql.query<List>(`
          { tasks(first: 9) { edges { node { status video { ...Shown } } } } }
          fragment Shown on Video { __typename ... on Node { id } ${fields} }`);
        videos = tasks.edges.map(({ node }) => node.video?.id ?? null);
        assert.deepEqual(
          tasks.edges.map(({ node }) => node.video !== null),
          tasks.edges.map(({ node }) => node.status === 'READY'),
        );
      });
      return { videos, statements: statements.length };
    };
    const { videos } = await list('createdAt');
    assert.ok(videos.some((id) => id !== null) && videos.includes(null));
    assert.deepEqual(await list(''), { videos, statements: 1 });
    assert.deepEqual(await list('createdAt'), { videos, statements: 2 });
  });

  it('read vectors only where they are asked for', async () => {
    const segments = (fields: string) =>
      graphql.statementsOf(() =>
        graphql.query(`
          { indexes(first: 1) { edges { node { videos { edges { node { segments { ...Page } } } } } } } }
          fragment Page on SegmentConnection { edges { ... on SegmentEdge { node { ${fields} } } } }`),
      );
    assert.doesNotMatch((await segments('startOffset text')).join(), /"embedding"/);
    assert.match((await segments('vector: embedding')).join(), /"embedding"/);
  });

  it('serve both parts of a document that ask for the same', async () => {
    const statements = await graphql.statementsOf(() =>
      graphql.query(
        '{ a: tasks { edges { node { index { name } } } } b: tasks { edges { node { index { name } } } } }',
      ),
    );
    assert.equal(statements.filter((statement) => statement.includes('from "indexes"')).length, 1);
  });
});
