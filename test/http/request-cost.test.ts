import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Env } from '../../src/env.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { openEndpoint } from '../helpers/endpoint.ts';

interface Refusal {
  message: string;
  extensions?: { code?: string; limit?: string; actual?: number; allowed?: number };
}
interface Answer {
  data?: unknown;
  errors?: Refusal[];
}
interface Request {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp();
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const csrf = { 'graphql-require-preflight': '1' };
const json = { 'content-type': 'application/json', ...csrf };

const post = async (request: Request) =>
  read(fetch(url(), { method: 'POST', headers: json, body: JSON.stringify(request) }));

/** One request by each way that a document can come. */
const transports: Record<string, (request: Request) => Promise<Answer>> = {
  POST: post,
  GET: async ({ query, variables = {}, operationName = '' }) =>
    read(fetch(`${url()}?${new URLSearchParams({ query, variables: JSON.stringify(variables), operationName })}`)),
  multipart: async (request) => {
    const form = new FormData();
    form.set('operations', JSON.stringify(request));
    form.set('map', '{}');
    return read(fetch(url(), { method: 'POST', headers: csrf, body: form }));
  },
  'server-sent events': async (request) => {
    const headers = { ...json, accept: 'text/event-stream' };
    const text = await (await fetch(url(), { method: 'POST', headers, body: JSON.stringify(request) })).text();
    return JSON.parse(/data: (\{.*\})/.exec(text)?.[1] ?? '');
  },
  WebSocket: async (request) => {
    const client = createClient({ url: url().replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
    try {
      const { value } = await client.iterate(request).next();
      return value as Answer;
    } catch (errors) {
      return { errors: errors as Refusal[] };
    } finally {
      await client.dispose();
    }
  },
};

const url = () => `${server.url}/graphql`;

async function read(answering: Promise<Response>): Promise<Answer> {
  return (await answering).json() as Promise<Answer>;
}

const PAGES =
  'indexes(first: $n) { edges { node { videos(first: $n) { edges { node { segments(first: $n) { edges { node { embedding } } } } } } } } }';
const MOST = 100_000;

/** What each limit says of a request that is over it. */
const refused: Record<string, { request: Request; limit: string; actual: number; allowed: number }> = {
  'a deep document': {
    request: { query: `{ indexes { edges { node ${'{ reindex { index '.repeat(7)} { id } ${'} }'.repeat(7)} } } }` },
    ...{ limit: 'depth of the document', actual: 18, allowed: 15 },
  },
  'a deep document in fragments': {
    request: {
      query: `fragment A on Index { reindex { index { ...B } } } fragment B on Index { ${'reindex { index { '.repeat(6)} id ${'} }'.repeat(6)} } { indexes { edges { node { ...A } } } }`,
    },
    ...{ limit: 'depth of the document', actual: 18, allowed: 15 },
  },
  'many aliases': {
    request: { query: `{ ${Array.from({ length: 51 }, (_, n) => `a${n}: __typename`).join(' ')} }` },
    ...{ limit: 'number of aliases', actual: 51, allowed: 50 },
  },
  'many directives': {
    request: { query: `{ ${'__typename @include(if: true) '.repeat(51)} }` },
    ...{ limit: 'number of directives', actual: 51, allowed: 50 },
  },
  'many tokens': {
    request: { query: `{ ${'a '.repeat(2000)} }` },
    ...{ limit: 'number of tokens', actual: 2001, allowed: 2000 },
  },
  'fields that repeat': {
    request: { query: `{ ${'__typename '.repeat(120)} }` },
    ...{ limit: 'work of merging fields', actual: 14_400, allowed: 10_000 },
  },
  'pages in pages, by variables': {
    request: { query: `query ($n: Int) { ${PAGES} }`, variables: { n: 100 } },
    ...{ limit: 'cost of the request in points', actual: 98_121_200, allowed: MOST },
  },
  'absurd numbers': {
    request: { query: `query ($n: Int) { ${PAGES} }`, variables: { n: 2_147_483_647 } },
    ...{ limit: 'cost of the request in points', actual: 98_121_200, allowed: MOST },
  },
  'pages in pages, by their defaults': {
    request: { query: `{ ${PAGES.replaceAll('(first: $n)', '')} }` },
    ...{ limit: 'cost of the request in points', actual: 822_720, allowed: MOST },
  },
  'pages in pages, by the default of a variable': {
    request: { query: `query ($n: Int = 100) { ${PAGES} }` },
    ...{ limit: 'cost of the request in points', actual: 98_121_200, allowed: MOST },
  },
  'the second of two operations': {
    request: {
      query: `query A { __typename } query B($n: Int) { ${PAGES} }`,
      variables: { n: 100 },
      operationName: 'B',
    },
    ...{ limit: 'cost of the request in points', actual: 98_121_200, allowed: MOST },
  },
};

for (const [transport, send] of Object.entries(transports))
  describe(transport, () => {
    for (const [name, { request, limit, actual, allowed }] of Object.entries(refused))
      it(`refuses ${name}, and says what is allowed`, async () => {
        const { errors: [error] = [], data } = await send(request);
        assert.equal(data ?? undefined, undefined);
        const { code, ...told } = error?.extensions ?? {};
        assert.deepEqual(
          { code, limit: told.limit, actual: told.actual, allowed: told.allowed },
          { code: 'LIMIT_EXCEEDED', limit, actual, allowed },
          JSON.stringify(error),
        );
        assert.equal(error?.message, `The ${limit} is ${actual}; at most ${allowed} is allowed.`);
      });
  });

it('each request is judged by its own variables and operation, however often its document has come', async () => {
  const query = `query Pages($n: Int) { ${PAGES} } query Name { __typename }`;
  const ask = async (operationName: string, variables: Record<string, unknown>) =>
    (await post({ query, operationName, variables })).errors?.[0]?.extensions;
  for (let time = 0; time < 2; time++) {
    assert.equal(await ask('Pages', { n: 1 }), undefined);
    assert.equal((await ask('Pages', { n: 100 }))?.actual, 98_121_200);
    assert.equal(await ask('Name', { n: 100 }), undefined);
    assert.equal((await ask('Pages', { n: '100' }))?.code, 'BAD_USER_INPUT');
  }
});

it('a longer vector costs more, however often its document has come', async () => {
  let longest = 256;
  const models = { ...test.app.models, longestVector: () => longest };
  await using endpoint = openEndpoint({ ...test.app, models });
  const query = '{ video(id: "a") { segments(first: 100) { edges { node { embedding } } } } }';
  const ask = async () => {
    // A copy, as Yoga adds the length to it.
    const answer = await endpoint.send({ method: 'POST', headers: { ...json }, body: JSON.stringify({ query }) });
    return ((await answer.json()) as Answer).errors?.[0]?.extensions?.limit;
  };
  assert.equal(await ask(), undefined);
  longest = 1_000_000;
  assert.equal(await ask(), 'cost of the request in points');
});

it('a document that is not valid is refused in the same words again, by every transport', async () => {
  const query = '{ nothing { at all } tasks { totalCount edges } }';
  const first = (await post({ query })).errors;
  assert.equal(first?.length, 2);
  for (const send of [post, ...Object.values(transports)])
    assert.deepEqual(
      (await send({ query })).errors?.map(({ message }) => message),
      first?.map(({ message }) => message),
    );
});

it('a subscription is refused before it begins', async () => {
  const fields = `index { ${PAGES.slice('indexes(first: $n) { edges { node { '.length, -' } } }'.length)} }`;
  const query = `subscription ($n: Int) { taskUpdated(id: "a") { ${fields} } }`;
  for (const transport of ['server-sent events', 'WebSocket']) {
    const answer = await transports[transport]?.({ query, variables: { n: 100 } });
    assert.equal(answer?.errors?.[0]?.extensions?.limit, 'cost of the request in points', JSON.stringify(answer));
  }
});

describe('the usual documents pass', () => {
  const UI_PAGE = `{ indexes(first: 100) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
    id name createdAt updatedAt modalities videoCount totalDuration model { name installed modalities { modality dimensions } }
    validation { minHeight maxHeight minDuration maxDuration requireAudio rejectBrokenFrames maxFileSize }
    segmentation { clipLength overlap } reindex { status progress }
    tasks(first: 20) { edges { node { id status progress createdAt } } }
  } } } }`;
  const documents: Record<string, string> = {
    'a page of 100 indexes with their tasks': UI_PAGE,
    'a page of 100 tasks with their history and video':
      '{ tasks(first: 100) { totalCount edges { node { id status progress estimatedTime attempt source failure { code message } metadata { duration filename } history { status at } index { id name } video { id thumbnailUrl segments { edges { node { startOffset endOffset text thumbnailUrl } } } } } } } }',
    'the vectors of a page of segments':
      '{ video(id: "a") { segments(first: 100) { totalCount pageInfo { endCursor hasNextPage } edges { node { startOffset endOffset modality scope embedding } } } } }',
    'the vectors of ten videos':
      '{ index(id: "a") { videos(first: 10) { edges { node { segments(first: 100) { edges { node { embedding } } } } } } } }',
    'a hundred hits with their videos':
      '{ search(input: { indexIds: ["a"], text: "b" }, first: 100) { ... on SearchConnection { edges { rank node { score startOffset endOffset thumbnailUrl text video { id metadata { filename } index { name } } } } } } }',
    'a transcript': '{ video(id: "a") { transcript { startOffset endOffset text } } }',
    'a hundred nodes': `{ nodes(ids: [${'"a",'.repeat(100)}]) { id ... on Video { metadata { filename } } ... on Task { status progress } } }`,
    "codegen's introspection": getIntrospectionQuery(),
    "GraphiQL's introspection": getIntrospectionQuery({
      inputValueDeprecation: true,
      schemaDescription: true,
      directiveIsRepeatable: true,
      specifiedByUrl: true,
      oneOf: true,
    }),
  };
  for (const [name, query] of Object.entries(documents))
    it(name, async () => {
      const { errors = [] } = await post({ query });
      assert.deepEqual(errors, []);
    });
});

describe('settings', () => {
  async function answer(env: Partial<Env>, body: unknown, headers: Record<string, string> = json) {
    await using endpoint = openEndpoint({ ...test.app, env: { ...test.app.env, ...env } });
    const response = await endpoint.send({ method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  }

  it('MAX_BATCH: a batch is refused unless allowed, and counted as one request', async () => {
    const one = { query: '{ __typename }' };
    assert.equal((await answer({}, [one])).status, 400);
    assert.deepEqual(
      (await answer({ MAX_BATCH: 2 }, [one, one])).body,
      Array(2).fill({ data: { __typename: 'Query' } }),
    );
    assert.equal((await answer({ MAX_BATCH: 2 }, [one, one, one])).status, 413);
    const search = { query: '{ search(input: { indexIds: ["a"], text: "b" }) { __typename } }' };
    const { body } = await answer({ MAX_BATCH: 3, MAX_COMPLEXITY: 75_000 }, [search, search, search]);
    assert.deepEqual(
      body.map(({ errors = [] }: Answer) => errors[0]?.extensions?.actual),
      [undefined, undefined, 90_060],
    );
  });

  it('INTROSPECTION=false: the schema is neither told nor hinted at', async () => {
    const hidden = { INTROSPECTION: false };
    const { body } = await answer(hidden, { query: '{ __schema { queryType { name } } }' });
    assert.match(body.errors[0].message, /introspection/);
    for (const request of [
      { query: '{ indexs { totalCount } }' },
      { query: '{ tasks(filter: { status: [REDY] }) { totalCount } }' },
      { query: 'query ($f: TaskFilter) { tasks(filter: $f) { totalCount } }', variables: { f: { statuss: 'READY' } } },
      { query: 'query ($f: TaskFilter) { tasks(filter: $f) { totalCount } }', variables: { f: { status: 'REDY' } } },
    ]) {
      assert.match(JSON.stringify((await answer({}, request)).body.errors), /Did you mean/);
      assert.doesNotMatch(JSON.stringify((await answer(hidden, request)).body.errors), /Did you mean/);
    }
  });

  it('INTROSPECTION=false holds for WebSockets', async () => {
    const hidden = await listen(
      { ...test.app, env: { ...test.app.env, INTROSPECTION: false } },
      { host: '127.0.0.1', port: 0 },
    );
    const client = createClient({
      url: `${hidden.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    for (let time = 0; time < 2; time++) {
      const asked = client.iterate({ query: '{ __schema { queryType { name } } }' }).next();
      await assert.rejects(asked, (errors) => /introspection/.test(JSON.stringify(errors)));
    }
    await client.dispose();
    await hidden.close();
  });

  it('GRAPHIQL=false: no page is served', async () => {
    for (const GRAPHIQL of [true, false]) {
      await using endpoint = openEndpoint({ ...test.app, env: { ...test.app.env, GRAPHIQL } });
      const page = await (await endpoint.send({ headers: { accept: 'text/html' } })).text();
      assert.equal(/<title>/.test(page), GRAPHIQL);
    }
  });

  it('MAX_BODY_SIZE bounds JSON, the fields of an upload, and messages', async () => {
    const large = { query: '{ __typename }', variables: { a: 'x'.repeat(100_000) } };
    assert.equal((await answer({}, large)).status, 413);
    assert.equal((await answer({ MAX_BODY_SIZE: 200_000 }, large)).status, 200);
    const form = new FormData();
    form.set('operations', JSON.stringify(large));
    form.set('map', '{}');
    assert.equal((await fetch(url(), { method: 'POST', headers: csrf, body: form })).status, 413);
  });
});

describe('other sites', () => {
  const mutation = 'mutation { deleteIndex(id: "a") { __typename } }';

  it('cannot post a form, of any kind that browsers send unasked', async () => {
    for (const type of ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'text/plain']) {
      const body = type.startsWith('multipart') ? '--x--\r\n' : `query=${mutation}`;
      const answer = await fetch(url(), { method: 'POST', headers: { 'content-type': type }, body });
      assert.equal(answer.status, 403, type);
    }
  });

  it('cannot change anything by a GET', async () => {
    const answer = await fetch(`${url()}?${new URLSearchParams({ query: mutation })}`);
    assert.equal(answer.status, 405);
  });
});
