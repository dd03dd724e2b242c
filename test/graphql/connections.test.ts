import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addVideo, globalId } from '../helpers/tasks.ts';

const ARGUMENTS = 'first: $first, after: $after, last: $last, before: $before';
const PAGE = 'totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

interface Page {
  totalCount: number;
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

describe('connections', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  before(async () => {
    graphql = await createGraphQLApp();
    const { id } = await addIndex(graphql.app);
    indexId = globalId('Index', { id });
    for (let n = 1; n <= 5; n += 1) {
      if (n > 1) await addIndex(graphql.app);
      const metadata = { duration: 10 * n, width: 100 * n, height: 1000 };
      await addVideo(graphql.app, id, { filename: `${n}.mp4`, metadata, userMetadata: { n } });
    }
  });
  after(() => graphql[Symbol.asyncDispose]());

  for (const [name, inIndex] of [
    ['indexes', false],
    ['tasks', false],
    ['tasks', true],
    ['videos', true],
  ] as const) {
    const field = `${name}(${ARGUMENTS}) { ${PAGE} }`;
    const document = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      ${inIndex ? `index(id: $id) { ${field} }` : `${field} index(id: $id) { id }`}
    }`;
    const page = async (variables: object): Promise<Page> => {
      type Data = Record<string, Page> & { index: Record<string, Page> };
      const data = await graphql.query<Data>(document, { id: indexId, ...variables });
      const found = inIndex ? data.index[name] : data[name];
      return found ?? assert.fail(`no ${name}`);
    };
    const ids = ({ edges }: Page) => edges.map(({ node }) => node.id);

    it(`are walked in both directions: ${inIndex ? 'Index.' : ''}${name}`, async () => {
      const all = ids(await page({}));
      assert.equal(all.length, 5);
      const sizes = [];
      let [walked, cursor]: [string[], string | null] = [[], null];
      for (let more = true; more; ) {
        const next: Page = await page({ first: 2, after: cursor });
        assert.deepEqual([next.totalCount, next.pageInfo.hasPreviousPage], [5, cursor !== null]);
        sizes.push(next.edges.length);
        walked = [...walked, ...ids(next)];
        [more, cursor] = [next.pageInfo.hasNextPage, next.pageInfo.endCursor];
      }
      assert.deepEqual([walked, sizes], [all, [2, 2, 1]]);
      [walked, cursor] = [[], null];
      for (let more = true; more; ) {
        const former: Page = await page({ last: 2, before: cursor });
        assert.deepEqual([former.totalCount, former.pageInfo.hasNextPage], [5, cursor !== null]);
        walked = [...ids(former), ...walked];
        [more, cursor] = [former.pageInfo.hasPreviousPage, former.pageInfo.startCursor];
      }
      assert.deepEqual(walked, all);
    });
  }

  it('of videos are narrowed by each field of their filter, alone and together', async () => {
    const document = `query ($id: ID!, $filter: VideoFilter) {
      index(id: $id) { videos(filter: $filter) { totalCount edges { node { createdAt metadata { filename } } } } }
    }`;
    type Data = {
      index: {
        videos: { totalCount: number; edges: { node: { createdAt: string; metadata: { filename: string } } }[] };
      };
    };
    const find = async (filter: object) => (await graphql.query<Data>(document, { id: indexId, filter })).index.videos;
    const names = async (filter: object) => {
      const { totalCount, edges } = await find(filter);
      assert.equal(totalCount, edges.length);
      return edges.map(({ node }) => node.metadata.filename[0]).join('');
    };
    const third = (await find({ filename: '3' })).edges[0]?.node.createdAt;
    assert.equal(await names({}), '54321');
    assert.equal(await names({ filename: '4.MP' }), '4');
    assert.equal(await names({ minDuration: 40 }), '54');
    assert.equal(await names({ maxDuration: 20 }), '21');
    // The short side.
    assert.equal(await names({ minHeight: 300 }), '543');
    assert.equal(await names({ maxHeight: 299 }), '21');
    assert.equal(await names({ createdAfter: third }), '543');
    assert.equal(await names({ createdBefore: third }), '321');
    assert.equal(await names({ userMetadata: { n: 2 } }), '2');
    assert.equal(await names({ createdAfter: third, maxDuration: 40, minHeight: 400 }), '4');
    assert.equal(await names({ filename: null, minDuration: null, userMetadata: null }), '54321');
  });
});
