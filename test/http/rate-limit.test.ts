import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createClient as createWsClient } from 'graphql-ws';
import { createSchema, createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { parseList } from 'structured-headers';
import WebSocket from 'ws';
import type { NodeContext } from '../../src/http/caller.ts';
import { createRateLimit, useRateLimit } from '../../src/http/rate-limit.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp();
});
after(() => test[Symbol.asyncDispose]());

/** A server that takes so many requests a minute. */
async function limited(most: number | undefined, MAX_BATCH = 1): Promise<HttpServer & AsyncDisposable> {
  const { app } = test;
  const server = await listen(
    { ...app, env: { ...app.env, MAX_BATCH, MAX_REQUESTS_PER_MINUTE: most } },
    { host: '127.0.0.1', port: 0 },
  );
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

function post(url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

const ask = (url: string, query = '{ __typename }', headers = {}) => post(url, JSON.stringify({ query }), headers);

/** The one item of a header, and its parameters, by a parser of structured fields (RFC 9651). */
function itemOf({ headers }: Response, header: string): { name: unknown; r?: number; t?: number } {
  const [item, ...others] = parseList(headers.get(header) ?? '');
  assert.ok(item && others.length === 0, `${header}: ${headers.get(header)}`);
  const [name, parameters] = item;
  return { name, ...Object.fromEntries(parameters as Map<string, number>) };
}

const leftOf = (answer: Response) => itemOf(answer, 'ratelimit').r;

/** Of an answer that says that nothing is left. */
async function assertRefused(answer: Response, most: number): Promise<void> {
  assert.equal(answer.status, 429);
  const retryAfter = Number(answer.headers.get('retry-after'));
  assert.ok(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= 60, String(retryAfter));
  assert.deepEqual(itemOf(answer, 'ratelimit-policy'), { name: 'default', q: most, w: 60 });
  const { t = 0, ...rest } = itemOf(answer, 'ratelimit');
  assert.deepEqual(rest, { name: 'default', r: 0 });
  assert.ok(t >= 1 && t <= retryAfter, 'who waits as long as is said is not too early');
  const { errors, data } = await answer.json();
  assert.equal(data, undefined);
  assert.equal(errors.length, 1);
  assert.deepEqual(errors[0].extensions, { code: 'LIMIT_EXCEEDED', limit: `${most} requests a minute`, retryAfter });
  const message = `${most + 1} requests came within a minute; at most ${most} are allowed. Try again in ${retryAfter} s.`;
  assert.equal(errors[0].message.replace(/^\d+/, String(most + 1)), message);
}

it('every answer says what is left, and the one too many is refused', async () => {
  await using server = await limited(3);
  for (const left of [2, 1, 0]) {
    const answer = await ask(server.url);
    assert.equal(answer.status, 200);
    assert.deepEqual(itemOf(answer, 'ratelimit-policy'), { name: 'default', q: 3, w: 60 });
    const { t = 0, ...rest } = itemOf(answer, 'ratelimit');
    assert.deepEqual(rest, { name: 'default', r: left });
    assert.ok(Number.isInteger(t) && t >= 1 && t <= 60);
    assert.equal(answer.headers.get('ratelimit-policy'), '"default";q=3;w=60');
    assert.equal(answer.headers.get('ratelimit'), `"default";r=${left};t=${t}`);
    assert.equal(answer.headers.get('retry-after'), null);
  }
  await assertRefused(await ask(server.url), 3);
  await assertRefused(await ask(server.url, '{ __typename }', { accept: 'application/graphql-response+json' }), 3);
  // What is no GraphQL is not counted, and not refused.
  const health = await fetch(`${server.url}/health`);
  assert.deepEqual([health.status, health.headers.get('ratelimit')], [200, null]);
});

it('requests that are refused count too, with their headers, but not those that another site has sent', async () => {
  await using server = await limited(5);
  const foreign = await fetch(`${server.url}/graphql`, { method: 'POST', body: '{}' });
  assert.deepEqual([foreign.status, foreign.headers.get('ratelimit')], [403, null]);
  const answers = [
    await ask(server.url, '{ nothing }'),
    await ask(server.url, '{'),
    await post(server.url, 'no JSON'),
    await post(server.url, JSON.stringify({ query: `{ a } #${'x'.repeat(25_000_000)}` })),
    await fetch(`${server.url}/graphql?query=${encodeURIComponent('{ nothing }')}`),
  ];
  assert.deepEqual(answers.map(leftOf), [4, 3, 2, 1, 0]);
  assert.equal(answers[3]?.status, 413);
  await assertRefused(await ask(server.url), 5);
});

it('what is over the limit is refused before its body is read: a document, and an upload', async () => {
  await using server = await limited(1);
  await ask(server.url);
  await assertRefused(await post(server.url, 'no JSON, which nobody looks at'), 1);
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: 'mutation ($f: Upload) { a }', variables: { f: null } }));
  form.set('map', '{"0":["variables.f"]}');
  form.set('0', new File([Buffer.alloc(5_000_000)], 'a.mp4'));
  const upload = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    body: form,
    headers: { 'graphql-require-preflight': '1' },
  });
  await assertRefused(upload, 1);
  assert.deepEqual(await readdir(join(test.app.env.DATA_DIR, 'tmp')), []);
});

it('scripts of other origins may read the headers', async () => {
  await using server = await limited(1);
  const origin = 'http://localhost:5173';
  for (const status of [200, 429]) {
    const answer = await ask(server.url, '{ __typename }', { origin });
    assert.equal(answer.status, status);
    assert.match(
      String(answer.headers.get('access-control-expose-headers')),
      /^RateLimit-Policy, RateLimit, Retry-After,/,
    );
    assert.equal(answer.headers.get('access-control-allow-origin'), origin);
  }
});

it('without the setting nothing is counted and no header is sent', async () => {
  await using server = await limited(undefined);
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(server.url)));
  for (const { status, headers } of answers)
    assert.deepEqual([status, headers.get('ratelimit'), headers.get('ratelimit-policy')], [200, null, null]);
});

it('over WebSocket each operation counts, the one too many gets an error, and the socket stays', async () => {
  await using server = await limited(4);
  const closed: unknown[] = [];
  const client = createWsClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    // One socket for all of them.
    lazy: false,
    on: { closed: (event) => closed.push(event) },
  });
  const run = (query: string) => client.iterate({ query }).next();
  const { value } = await run('{ __typename }');
  assert.deepEqual(value.data, { __typename: 'Query' });
  await assert.rejects(run('subscription {'), (faults) => /Syntax Error/.test(JSON.stringify(faults)));
  const task = Buffer.from('Task:00000000-0000-7000-8000-000000000000').toString('base64');
  await run(`subscription { taskUpdated(id: "${task}") { id } }`).catch(() => {});
  // The count is one with that of HTTP.
  assert.equal(leftOf(await ask(server.url)), 0);
  for (const query of ['{ __typename }', `subscription { taskUpdated(id: "${task}") { id } }`, 'subscription {'])
    await assert.rejects(run(query), (errors: { message: string; extensions: { retryAfter: number } }[]) => {
      const [error] = errors;
      const { retryAfter, ...extensions } = error?.extensions ?? { retryAfter: 0 };
      assert.deepEqual(extensions, { code: 'LIMIT_EXCEEDED', limit: '4 requests a minute' });
      assert.ok(retryAfter >= 1 && retryAfter <= 60);
      assert.match(error?.message ?? '', /^\d+ requests came within a minute; at most 4 are allowed/);
      return true;
    });
  await assertRefused(await ask(server.url), 4);
  assert.deepEqual(closed, []);
  await client.dispose();
});

it('each operation of a batch counts', async () => {
  await using server = await limited(3, 10);
  const batch = JSON.stringify(Array.from({ length: 5 }, () => ({ query: '{ __typename }' })));
  const answers: { data?: object; errors?: { extensions: { code: string } }[] }[] = await (
    await post(server.url, batch)
  ).json();
  assert.deepEqual(
    answers.map(({ data, errors }) => (data ? 'answered' : errors?.[0]?.extensions.code)),
    ['answered', 'answered', 'answered', 'LIMIT_EXCEEDED', 'LIMIT_EXCEEDED'],
  );
});

it('tenants do not use up what others have', async () => {
  const schema = createSchema<NodeContext & YogaInitialContext>({ typeDefs: 'type Query { a: Int }' });
  const identify: Plugin<object, NodeContext> = {
    onRequestParse({ request, serverContext }) {
      const tenant = request.headers.get('x-tenant') ?? 'nobody';
      serverContext.identity = { caller: { tenant, role: 'admin', keyId: null }, linkKey: null };
    },
  };
  const plugins = [identify, useRateLimit(createRateLimit(2))];
  const yoga = createYoga<NodeContext>({ schema, logging: false, plugins });
  const server = createServer(yoga);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const as = async (tenant: string) => {
    const answer = await ask(url, '{ a }', { 'x-tenant': tenant });
    return [answer.status, leftOf(answer)];
  };
  try {
    const order = ['a', 'a', 'a', 'b', 'b', 'b'];
    const seen = [];
    for (const tenant of order) seen.push(await as(tenant));
    const each = [
      [200, 1],
      [200, 0],
      [429, 0],
    ];
    assert.deepEqual(seen, [...each, ...each]);
    const many = await Promise.all(Array.from({ length: 20 }, () => as('c')));
    assert.equal(many.filter(([status]) => status === 200).length, 2);
  } finally {
    server.closeAllConnections();
    server.close();
    await yoga.dispose();
  }
});

it('after a minute everything is there again', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'] });
  const limit = createRateLimit(1) ?? assert.fail();
  assert.equal((await limit.describe('a')).RateLimit, '"default";r=1;t=60');
  await limit.take('a');
  t.mock.timers.tick(20_500);
  assert.equal((await limit.describe('a')).RateLimit, '"default";r=0;t=40');
  await assert.rejects(limit.take('a'), { name: 'LimitExceededError', retryAfter: 40 });
  t.mock.timers.tick(39_000);
  await assert.rejects(limit.take('a'), { retryAfter: 1 });
  t.mock.timers.tick(500);
  assert.equal((await limit.describe('a')).RateLimit, '"default";r=1;t=60');
  await limit.take('a');
});
