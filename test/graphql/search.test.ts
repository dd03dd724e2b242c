import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import type { VideoRow } from '../../src/db/schema.ts';
import { absentUpload, uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { addIndex, addVideo, globalId, segment, vectorAt } from '../helpers/tasks.ts';

const SEARCH = `query ($input: SearchInput!, $first: Int, $after: String) {
  search(input: $input, first: $first, after: $after) {
    __typename
    ... on SearchConnection {
      edges { cursor rank node { startOffset endOffset score modality text thumbnailUrl video { id metadata { filename } } } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    ... on Error { code message }
    ... on InvalidInputError { issues { path } }
  }
}`;

interface Hit {
  startOffset: number;
  score: number;
  video: { id: string; metadata: { filename: string } };
}
interface Result {
  search: {
    __typename: string;
    code: string;
    message: string;
    issues: { path: string[] }[];
    edges: { cursor: string; rank: number; node: Hit }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
  };
}

describe('search', () => {
  let graphql: GraphQLApp;
  let indexIds: string[];
  let north: VideoRow;
  let south: VideoRow;

  const search = async (input: object, page = {}) =>
    (await graphql.query<Result>(SEARCH, { input: { indexIds, ...input }, ...page })).search;
  const hits = async (input: object, page = {}) =>
    (await search(input, page)).edges.map(({ node }) => `${node.video.metadata.filename} ${node.startOffset}`);
  /** The clip at angle 0. */
  const moment = () => ({ videoSegment: { videoId: globalId('Video', north), startOffset: 2.5 } });

  before(async () => {
    graphql = await createGraphQLApp({ FETCH_ALLOW_ADDRESSES: ['127.0.0.1'], EMBED_QUEUE: 8 });
    const { app } = graphql;
    const [one, two, elsewhere] = [await addIndex(app), await addIndex(app), await addIndex(app)];
    indexIds = [globalId('Index', one), globalId('Index', two)];
    const whole = segment(0, vectorAt(0), { scope: 'VIDEO', endOffset: 20 });
    ({ video: north } = await addVideo(app, one.id, {
      filename: 'north',
      userMetadata: { side: 'north' },
      segments: [segment(0, vectorAt(0)), segment(6, vectorAt(0.4)), segment(12, vectorAt(3)), whole],
    }));
    ({ video: south } = await addVideo(app, two.id, {
      filename: 'south',
      metadata: { duration: 40 },
      segments: [segment(0, vectorAt(0.2)), segment(6, vectorAt(2)), whole],
    }));
    await addVideo(app, elsewhere.id, { filename: 'elsewhere', segments: [segment(0, vectorAt(0))] });
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('ranks the clips of several indexes by their likeness to a moment of a video', async () => {
    const { edges, pageInfo } = await search(moment());
    assert.deepEqual(
      edges.map(({ rank, node }) => [rank, node.video.metadata.filename, node.startOffset]),
      [
        [1, 'north', 0],
        [2, 'south', 0],
        [3, 'north', 6],
        [4, 'south', 6],
        [5, 'north', 12],
      ],
    );
    [0, 0.2, 0.4, 2, 3].forEach((angle, n) => {
      assert.ok(Math.abs((edges[n]?.node.score ?? 0) - (1 + Math.cos(angle)) / 2) < 0.001);
    });
    const { score: _, ...best } = edges[1]?.node ?? { score: 0 };
    assert.deepEqual(best, {
      startOffset: 0,
      endOffset: 6,
      modality: 'VISUAL',
      text: null,
      thumbnailUrl: `${ORIGIN}/thumbnails/${south.id}/frames/0.jpg`,
      video: { id: globalId('Video', south), metadata: { filename: 'south' } },
    });
    assert.deepEqual([pageInfo.hasNextPage, pageInfo.hasPreviousPage], [false, false]);
  });

  it('is paged', async () => {
    const first = await search(moment(), { first: 2 });
    assert.deepEqual([first.pageInfo.hasNextPage, first.edges.length], [true, 2]);
    const second = await search(moment(), { first: 2, after: first.pageInfo.endCursor });
    assert.deepEqual(
      second.edges.map(({ rank, node }) => [rank, node.startOffset]),
      [
        [3, 6],
        [4, 6],
      ],
    );
    assert.deepEqual([second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage], [true, true]);
    const third = await search(moment(), { first: 2, after: second.pageInfo.endCursor });
    assert.deepEqual([third.edges.length, third.pageInfo.hasNextPage], [1, false]);
  });

  it('is grouped, cut off and filtered', async () => {
    assert.deepEqual(await hits({ ...moment(), groupBy: 'VIDEO' }), ['north 0', 'south 0']);
    assert.deepEqual(await hits({ ...moment(), minScore: 0.95 }), ['north 0', 'south 0', 'north 6']);
    assert.deepEqual(await hits({ ...moment(), indexIds: [indexIds[1]] }), ['south 0', 'south 6']);
    assert.deepEqual(await hits({ ...moment(), filter: { minDuration: 30 } }), ['south 0', 'south 6']);
    assert.deepEqual(await hits({ ...moment(), filter: { userMetadata: { side: 'north' } }, groupBy: 'VIDEO' }), [
      'north 0',
    ]);
    assert.deepEqual(await hits({ ...moment(), filter: { filename: 'nothing' } }), []);
  });

  it('loads the videos of all hits together', async () => {
    const statements = await graphql.statementsOf(() => search(moment()));
    assert.equal(statements.filter((statement) => /from "videos" where/.test(statement)).length, 1);
  });

  it('loads no video for its id alone', async () => {
    const document = `query ($input: SearchInput!) {
      search(input: $input) { ... on SearchConnection { edges { node { startOffset video { __typename id } } } } }
    }`;
    let found: Result | undefined;
    const statements = await graphql.statementsOf(async () => {
      found = await graphql.query<Result>(document, { input: { indexIds, ...moment() } });
    });
    assert.ok(found?.search.edges.some(({ node }) => node.video.id === globalId('Video', south)));
    assert.deepEqual(
      statements.filter((statement) => /from "videos" where/.test(statement)),
      [],
    );
  });

  it('counts the segments once for searches of the same videos', async () => {
    const filter = { minDuration: 0.5 };
    const counts = async () => {
      const statements = await graphql.statementsOf(() => search({ ...moment(), filter }));
      return statements.filter((statement) => / offset /.test(statement)).length;
    };
    assert.deepEqual([await counts(), await counts()], [1, 0]);
  });

  it('takes words that the model knows, and says when it knows none', async () => {
    assert.equal((await search({ text: 'an espresso, please' })).edges.length, 5);
    const { code, message, issues } = await search({ text: 'expresso', modalities: ['VISUAL'] });
    assert.deepEqual([code, issues], ['INVALID_INPUT', [{ path: ['input', 'text'] }]]);
    assert.match(message, /espresso/);
  });

  it('takes an image, uploaded or from a URL', async () => {
    const bytes = await makeImage();
    const { upload } = uploadOf(Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]), 'image.png');
    const uploaded = await search({ image: upload });
    assert.equal(uploaded.edges.length, 5);
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/image' ? 200 : 404).end(bytes);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assert.deepEqual((await search({ imageUrl: `${origin}/image` })).edges, uploaded.edges);
      const { message, issues } = await search({ imageUrl: `${origin}/nothing` });
      assert.deepEqual(issues, [{ path: ['input', 'imageUrl'] }]);
      assert.match(message, /404/);
    } finally {
      server.close();
    }
    const away = await search({ imageUrl: 'http://10.0.0.1/a.jpg' });
    assert.deepEqual(away.issues, [{ path: ['input', 'imageUrl'] }]);
    assert.match(away.message, /a private address or to none/);
  });

  it('takes a place among those of `embed` while it has an image, and none without', async () => {
    const parts = Array.from({ length: 2 }, () => new PassThrough());
    const waiting = parts.map((part) => search({ image: uploadOf(part, 'image.png').upload }));
    const passing = uploadOf(Readable.from([await makeImage()]), 'image.png');
    const passed = once(passing.stream, 'end');
    for (const input of [{ image: passing.upload }, { imageUrl: 'http://127.0.0.1/a.jpg' }]) {
      const { errors } = await graphql.execute(SEARCH, { input: { indexIds, ...input } });
      const { code, limit, retryAfter } = errors?.[0]?.extensions ?? {};
      assert.deepEqual([code, limit], ['LIMIT_EXCEEDED', '2 requests to embed at a time of one tenant']);
      assert.ok(Number(retryAfter) > 0);
    }
    await passed;
    assert.equal((await search(moment())).__typename, 'SearchConnection');
    for (const part of parts) part.end(await makeImage());
    for (const { __typename } of await Promise.all(waiting)) assert.equal(__typename, 'SearchConnection');
    const again = await search({ image: uploadOf(Readable.from([await makeImage()]), 'image.png').upload });
    assert.equal(again.__typename, 'SearchConnection');
  });

  it('refuses what is no image, too large, or never came', async () => {
    const text = await search({ image: uploadOf(Readable.from([Buffer.from('no image')]), 'a.png').upload });
    assert.deepEqual(text.issues, [{ path: ['input', 'image'] }]);
    const chunk = randomBytes(1_000_000);
    const { upload, stream } = uploadOf(Readable.from(new Array(22).fill(chunk)), 'large.jpg');
    const ended = once(stream, 'end');
    const large = await search({ image: upload });
    assert.match(large.message, /larger than 20000000 bytes/);
    await ended;
    assert.deepEqual((await search({ image: absentUpload(400) })).issues, [{ path: ['input', 'image'] }]);
  });

  it('takes exactly one query', async () => {
    const image = uploadOf(Readable.from([await makeImage()]), 'a.jpg');
    const ended = once(image.stream, 'end');
    for (const [query, given] of [
      [{}, 'none'],
      [{ text: 'espresso', image: image.upload }, 'text, image'],
      [{ ...moment(), imageUrl: 'http://127.0.0.1/a.jpg' }, 'imageUrl, videoSegment'],
    ] as const) {
      const { issues, message } = await search(query);
      assert.deepEqual(issues, [{ path: ['input'] }]);
      assert.ok(message.includes(`${given} given`), message);
    }
    await ended;
  });

  it('refuses what is not there', async () => {
    const missing = { videoSegment: { videoId: globalId('Video', { id: 'x' }), startOffset: 0 } };
    assert.equal((await search(missing)).code, 'NOT_FOUND');
    assert.equal((await search({ videoSegment: { ...moment().videoSegment, startOffset: 99 } })).code, 'NOT_FOUND');
    assert.equal((await search({ ...moment(), indexIds: ['%'] })).code, 'NOT_FOUND');
    const foreign = await graphql.query<Result>(SEARCH, { input: { indexIds, ...moment() } }, 'other');
    assert.equal(foreign.search.code, 'NOT_FOUND');
  });

  it('names the argument that is at fault', async () => {
    const paths = async (input: object, page = {}) => (await search({ ...moment(), ...input }, page)).issues;
    assert.deepEqual(await paths({ indexIds: [] }), [{ path: ['input', 'indexIds'] }]);
    assert.deepEqual(await paths({ indexIds: Array(1001).fill(indexIds[0]) }), [{ path: ['input', 'indexIds'] }]);
    const tooLong = { indexIds, videoSegment: null, text: 'x'.repeat(10_001) };
    assert.deepEqual(await paths(tooLong), [{ path: ['input', 'text'] }]);
    assert.deepEqual(await paths({ modalities: ['AUDIO'] }), [{ path: ['input', 'modalities'] }]);
    assert.deepEqual(await paths({}, { first: 500 }), [{ path: ['first'] }]);
    assert.deepEqual(await paths({}, { after: 'nonsense' }), [{ path: ['after'] }]);
  });
});

/** A small picture of one colour: what it is like does not matter here. */
function makeImage(): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 64, channels: 3, background: '#a05020' } })
    .png()
    .toBuffer();
}
