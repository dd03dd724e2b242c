import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { openEndpoint } from '../helpers/endpoint.ts';
import { addKey, endKey } from '../helpers/keys.ts';
import { addIndex, globalId } from '../helpers/tasks.ts';

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

const post = (query: string, headers: Record<string, string> = {}, variables = {}) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
const ask = async (headers: Record<string, string> = {}) => {
  const answer = await post('{ __typename }', headers);
  return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: await answer.text() };
};

describe('a server', () => {
  it('needs no key on loopback until there is one, and from then on always', async () => {
    assert.equal((await ask()).status, 200);
    const { key, id } = await addKey(test.app);
    const refused = await ask();
    assert.equal(refused.status, 401);
    assert.equal(refused.challenge, 'Bearer');
    assert.equal(JSON.parse(refused.body).errors[0].extensions.code, 'UNAUTHENTICATED');
    assert.equal((await ask({ 'x-api-key': key })).status, 200);
    await endKey(test.app, id);
    assert.equal((await ask({ 'x-api-key': key })).status, 401);
    assert.equal((await ask()).status, 401, 'to revoke the last key opens nothing');
  });

  it('that others reach lets nobody in without a key, even where there is none', async () => {
    await using other = await createTestApp();
    await using endpoint = openEndpoint(other.app, { keyless: false });
    const send = (headers: Record<string, string>) =>
      endpoint.send({
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"query":"{ __typename }"}',
      });
    const refused = await send({});
    assert.equal(refused.status, 401);
    assert.match(await refused.text(), /reelgraph keys create NAME/);
    const { key } = await addKey(other.app);
    assert.equal((await send({ 'x-api-key': key })).status, 200);
  });
});

describe('a key', () => {
  it('is taken as x-api-key and as a bearer token', async () => {
    const { key } = await addKey(test.app);
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { 'x-api-key': key, authorization: 'Basic dTpw' },
    ] as Record<string, string>[])
      assert.equal((await ask(headers)).status, 200, Object.keys(headers).join());
    assert.equal((await ask({ authorization: `Basic ${key}` })).status, 401);
  });

  it('that was revoked is told in the same words as one that never was', async () => {
    const { key, id } = await addKey(test.app);
    await endKey(test.app, id);
    const revoked = await ask({ 'x-api-key': key });
    const unknown = await ask({ 'x-api-key': `rg_${'A'.repeat(43)}` });
    const malformed = await ask({ 'x-api-key': 'secret' });
    assert.equal(revoked.status, 401);
    assert.deepEqual([unknown, malformed], [revoked, revoked]);
    assert.ok(!revoked.body.includes(key));
  });

  it('costs the database nothing, however often it is used, and wrong ones neither', async () => {
    const { key } = await addKey(test.app);
    await ask({ 'x-api-key': key });
    const { session } = test.app.db.orm as unknown as { session: { logger: { logQuery(query: string): void } } };
    const { logger } = session;
    const statements: string[] = [];
    session.logger = { logQuery: (query) => statements.push(query) };
    await Promise.all(Array.from({ length: 100 }, () => ask({ 'x-api-key': key })));
    const wrong = Array.from({ length: 100 }, (_, n) => `rg_${String(n).padStart(43, 'x')}`);
    await Promise.all(wrong.map((guess) => ask({ 'x-api-key': guess })));
    session.logger = logger;
    const ofKeys = statements.filter((statement) => statement.includes('api_keys'));
    // They are read anew every five seconds, and twice where the backstop of the events falls into that.
    assert.ok(ofKeys.length <= 4, ofKeys.join('\n'));
  });

  it('is asked for wherever an operation can be sent, and nowhere else', async () => {
    const paths = ['/graphql', '/graphql/', '/anything?x=/graphql', '//graphql'];
    for (const path of paths)
      for (const method of ['GET', 'POST']) {
        const body = method === 'POST' ? { body: '{"query":"{ __typename }"}' } : {};
        const query = method === 'GET' ? `${path.includes('?') ? '&' : '?'}query={__typename}` : '';
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(server.url + path + query, { method, headers, ...body });
        assert.ok(answer.status === 401 || answer.status === 404, `${method} ${path}: ${answer.status}`);
      }
    for (const [path, accept] of [
      ['/graphql', 'text/html'],
      ['/health', '*/*'],
      ['/ready', '*/*'],
    ] as const)
      assert.equal((await fetch(server.url + path, { headers: { accept } })).status, 200, path);
  });

  it('may be sent by the pages that are welcome', async () => {
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:5173',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-api-key',
      },
    });
    assert.equal(answer.status, 204);
    const allowed = answer.headers.get('access-control-allow-headers')?.split(/, */) ?? [];
    assert.deepEqual(allowed.sort(), ['authorization', 'content-type', 'x-api-key']);
    const refused = await post('{ __typename }', { origin: 'http://localhost:5173' });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), 'http://localhost:5173');
  });
});

describe('a role', () => {
  const CREATE = 'mutation { createIndex(input: { name: "mine" }) { __typename } }';

  it('that does not suffice is refused before anything is done', async () => {
    const { key } = await addKey(test.app, { role: 'write', tenant: 'roles' });
    const document = `mutation {
      cancelTask(id: "x") { __typename }
      ...Rest
    }
    fragment Rest on Mutation { ... on Mutation { createIndex(input: { name: "mine" }) @skip(if: true) { __typename } } }`;
    const answer = await post(document, { 'x-api-key': key });
    assert.equal(answer.status, 403);
    assert.deepEqual(await answer.json(), {
      errors: [
        {
          message: 'The API key has the role "write"; createIndex needs "admin".',
          extensions: { code: 'FORBIDDEN' },
        },
      ],
    });
  });

  it('allows what it includes', async () => {
    const admin = await addKey(test.app, { tenant: 'roles' });
    const write = await addKey(test.app, { tenant: 'roles', role: 'write' });
    const read = await addKey(test.app, { tenant: 'roles', role: 'read' });
    const statusOf = async (query: string, { key }: { key: string }) =>
      (await post(query, { 'x-api-key': key })).status;
    const cases: [string, number[]][] = [
      [CREATE, [200, 403, 403]],
      ['mutation { cancelTask(id: "x") { __typename } }', [200, 200, 403]],
      ['mutation { embed(input: { text: "espresso" }) { __typename } }', [200, 200, 200]],
      ['{ indexes { totalCount } }', [200, 200, 200]],
    ];
    for (const [query, expected] of cases) {
      const statuses: number[] = [];
      for (const key of [admin, write, read]) statuses.push(await statusOf(query, key));
      assert.deepEqual(statuses, expected, query);
    }
  });

  for (const [name, status, create] of [
    ['of a key that may only read', 403, () => addKey(test.app, { role: 'read' })],
    ['of a key that is not valid', 401, async () => ({ key: `rg_${'A'.repeat(43)}` })],
  ] as const)
    it(`uploads ${name} are refused, and none of their bytes is kept`, async () => {
      const { key } = await create();
      const index = await addIndex(test.app);
      const part = (field: string, value: unknown) =>
        `--b\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${JSON.stringify(value)}\r\n`;
      const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { __typename } }';
      const variables = { input: { indexId: globalId('Index', index), videoFile: null } };
      const headers = {
        'content-type': 'multipart/form-data; boundary=b',
        'graphql-require-preflight': '1',
        'x-api-key': key,
      };
      const upload = request(`${server.url}/graphql`, { method: 'POST', headers });
      upload.on('error', () => {});
      upload.write(part('operations', { query, variables }) + part('map', { 0: ['variables.input.videoFile'] }));
      upload.write('--b\r\ncontent-disposition: form-data; name="0"; filename="a.mp4"\r\n\r\n');
      upload.write(Buffer.alloc(100_000));
      // The rest is never sent: the answer does not wait for it.
      const [response] = await once(upload, 'response');
      assert.equal(response.statusCode, status);
      upload.destroy();
      assert.deepEqual(await readdir(join(test.app.env.DATA_DIR, 'tmp')), []);
    });
});
