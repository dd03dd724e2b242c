import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';

const HASH = 'a'.repeat(64);
const DOCUMENT = 'query Models($withName: Boolean!) { models { name @include(if: $withName) installed } }';
const BROKEN = 'b'.repeat(64);
const variables = { withName: true };

let test: TestApp;
let folder: string;
before(async () => {
  test = await createTestApp();
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-documents-'));
});
after(async () => {
  await test[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A server with these documents. */
async function serve(manifest: unknown, only = false): Promise<HttpServer> {
  const file = join(folder, 'documents.json');
  await writeFile(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  const env = { ...test.app.env, PERSISTED_DOCUMENTS: file, PERSISTED_DOCUMENTS_ONLY: only };
  return listen({ ...test.app, env }, { host: '127.0.0.1', port: 0 });
}

async function post(url: string, body: object) {
  const headers = { 'content-type': 'application/json', 'graphql-require-preflight': '1' };
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
}

async function iterate(url: string, payload: object) {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  try {
    const { value } = await client.iterate({ query: '', ...payload }).next();
    return value;
  } catch (errors) {
    return { errors };
  } finally {
    await client.dispose();
  }
}

const persistedQuery = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const formats = {
  "the client preset's file": { [HASH]: DOCUMENT },
  "Apollo's manifest": {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: HASH, name: 'Models', type: 'query', body: DOCUMENT }],
  },
};

for (const [name, manifest] of Object.entries(formats))
  describe(name, () => {
    let server: HttpServer;
    before(async () => {
      server = await serve(manifest);
    });
    after(() => server.close());

    it('is known by hash, over HTTP and WebSocket', async () => {
      for (const reference of [{ documentId: HASH }, { documentId: `sha256:${HASH}` }, persistedQuery(HASH)]) {
        for (const answer of [
          await post(server.url, { ...reference, variables }),
          await iterate(server.url, { ...reference, variables }),
        ])
          assert.equal(answer.data?.models[0].name, 'builtin', JSON.stringify(answer));
      }
    });

    it('is known by GET', async () => {
      const given = { variables: JSON.stringify(variables) };
      for (const reference of [{ documentId: HASH }, { extensions: JSON.stringify(persistedQuery(HASH).extensions) }]) {
        const answer = await fetch(`${server.url}/graphql?${new URLSearchParams({ ...given, ...reference })}`);
        assert.equal((await answer.json()).data?.models[0].name, 'builtin');
      }
    });

    it('leaves other documents allowed', async () => {
      const query = '{ __typename }';
      assert.deepEqual((await post(server.url, { query })).data, { __typename: 'Query' });
      assert.deepEqual((await iterate(server.url, { query })).data, { __typename: 'Query' });
    });

    it('says what is missing', async () => {
      for (const name of ['c'.repeat(64), '__proto__', 'constructor']) {
        const { status, errors } = await post(server.url, { documentId: name });
        assert.deepEqual([status, errors[0].message], [400, 'PersistedQueryNotFound']);
        assert.match(JSON.stringify(await iterate(server.url, { documentId: name })), /PersistedQueryNotFound/);
      }
      const { status, errors } = await post(server.url, { variables });
      assert.deepEqual([status, errors[0].extensions.code], [400, 'BAD_REQUEST']);
    });
  });

it('PERSISTED_DOCUMENTS_ONLY refuses all others, over HTTP and WebSocket', async () => {
  const server = await serve({ [HASH]: DOCUMENT }, true);
  try {
    for (const request of [{ query: '{ __typename }' }, { query: DOCUMENT, variables, ...persistedQuery(HASH) }]) {
      const { status, errors } = await post(server.url, request);
      assert.deepEqual([status, errors?.[0].extensions.code], [400, 'PERSISTED_QUERY_ONLY']);
      assert.match(JSON.stringify(await iterate(server.url, request)), /PERSISTED_QUERY_ONLY/);
    }
    assert.equal((await post(server.url, { documentId: HASH, variables })).data.models[0].name, 'builtin');
    assert.equal((await iterate(server.url, { documentId: HASH, variables })).data.models[0].name, 'builtin');
  } finally {
    await server.close();
  }
});

for (const [fault, manifest, told] of [
  ['no JSON', '{', /JSON/],
  ['another format', '[1]', /neither an object of documents by their hash, nor a manifest/],
  ['a broken document', { [HASH]: DOCUMENT, [BROKEN]: 'query {' }, new RegExp(`document ${BROKEN}: Syntax Error`)],
] as const)
  it(`a file with ${fault} stops the start, and is named`, async () => {
    await assert.rejects(serve(manifest), ({ message }: Error) => {
      assert.match(message, /^PERSISTED_DOCUMENTS: .*documents\.json cannot be used: /);
      assert.match(message, told);
      return true;
    });
  });

it('a file that is not there stops the start, and is named', async () => {
  const env = { ...test.app.env, PERSISTED_DOCUMENTS: '/nowhere/documents.json' };
  await assert.rejects(
    listen({ ...test.app, env }, { host: '127.0.0.1', port: 0 }),
    /PERSISTED_DOCUMENTS: \/nowhere\/documents\.json cannot be used: ENOENT/,
  );
});
