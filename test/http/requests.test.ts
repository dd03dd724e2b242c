import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { App } from '../../src/app.ts';
import type { Env } from '../../src/env.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { parseExposition, sampleOf } from '../helpers/exposition.ts';
import { addKey } from '../helpers/keys.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, goodClip, uploadFile } from '../helpers/uploads.ts';

interface Line {
  level: number;
  msg: string;
  requestId?: string;
  [name: string]: unknown;
}

const lines: Line[] = [];
let test: TestApp;
let app: App;
let server: HttpServer;
before(async () => {
  test = await createTestApp();
  app = { ...test.app, log: createLog('debug', { stream: { write: (line) => lines.push(JSON.parse(line)) } }) };
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const FAULTY = '{ models { name } }';
/** Makes the resolver of `FAULTY` fail while `work` runs. */
async function whileFaulty<T>(work: () => Promise<T>): Promise<T> {
  const { models } = app;
  app.models = { ...models, list: () => Promise.reject(new Error('the cause')) };
  return work().finally(() => {
    app.models = models;
  });
}

const post = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query, variables: { unused: 'planted' } }),
    headers: { 'content-type': 'application/json', cookie: 'session=planted-token', ...headers },
  });

/** The lines of a request, once the one that ends it is there. */
async function linesOf(requestId: string | null): Promise<Line[]> {
  const own = () => lines.filter((line) => line.requestId === requestId);
  await until(() => own().some(({ msg }) => msg === 'request' || msg === 'slow request'));
  return own();
}

async function scrape(headers: Record<string, string> = {}, url = server.url) {
  const answer = await fetch(`${url}/metrics`, { headers });
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}
const measured = async () => parseExposition((await scrape()).text);

describe('a request over HTTP', () => {
  it('has an id, its own where it brings one, and one line', async () => {
    const answer = await post('query Named { indexes { totalCount } }', { 'x-request-id': 'mine-1' });
    assert.equal(answer.headers.get('x-request-id'), 'mine-1');
    const [line, ...others] = await linesOf('mine-1');
    assert.deepEqual(others, []);
    const { level, time, pid, hostname, seconds, ...told } = line ?? assert.fail();
    assert.deepEqual(told, {
      requestId: 'mine-1',
      transport: 'http',
      method: 'POST',
      path: '/graphql',
      status: 200,
      type: 'query',
      operation: 'Named',
      fields: ['indexes'],
      tenant: 'default',
      outcome: 'ok',
      msg: 'request',
    });
    assert.equal(level, 20, 'queries are many');
    assert.ok(Number(seconds) > 0);
  });

  it('that changes something is told of at info', async () => {
    const answer = await post('mutation { createIndex(input: { name: "told" }) { __typename } }');
    const [line] = await linesOf(answer.headers.get('x-request-id'));
    assert.deepEqual([line?.level, line?.fields], [30, ['createIndex']]);
  });

  it('whose fault is masked hands out its id, and the log has the cause under it', async () => {
    const answer = await whileFaulty(() => post(FAULTY));
    const requestId = answer.headers.get('x-request-id');
    const { errors } = await answer.json();
    assert.deepEqual(errors[0].extensions, { code: 'INTERNAL_SERVER_ERROR', requestId });
    const [fault, request] = await linesOf(requestId);
    assert.deepEqual([fault?.level, fault?.msg], [50, 'request failed']);
    assert.match(JSON.stringify(fault?.err), /"message":"the cause"/);
    assert.equal(request?.outcome, 'fault');
  });

  for (const [name, query, status] of [
    ['a document that cannot be parsed', '{', 400],
    ['a document that is not valid', '{ nothing }', 400],
    ['an error of the input', '{ tasks(first: 500) { totalCount } }', 200],
  ] as const)
    it(`with ${name} is refused`, async () => {
      const answer = await post(query, { accept: 'application/graphql-response+json' });
      const [line] = await linesOf(answer.headers.get('x-request-id'));
      assert.deepEqual([line?.outcome, line?.status], ['refused', status]);
    });

  it('never has its query, variables or headers in the log', async () => {
    const query = encodeURIComponent('query ($planted: ID!) { node(id: $planted) { id } }');
    const answer = await fetch(`${server.url}/graphql?query=${query}&variables=%7B%22planted%22%3A%22x%22%7D`);
    await linesOf(answer.headers.get('x-request-id'));
    assert.doesNotMatch(JSON.stringify(lines), /planted/);
  });

  it('is measured by type and outcome, and never by what strangers call it', async () => {
    const count = 'reelgraph_request_duration_seconds_count{outcome="fault",transport="http",type="query"}';
    const before = sampleOf(await measured(), count);
    const masked = sampleOf(await measured(), 'reelgraph_masked_errors_total');
    const answer = await whileFaulty(() => post(`query Strange_${Date.now()} ${FAULTY}`));
    await linesOf(answer.headers.get('x-request-id'));
    const after = await measured();
    assert.equal(sampleOf(after, count), before + 1);
    assert.equal(sampleOf(after, 'reelgraph_masked_errors_total'), masked + 1);
    assert.doesNotMatch((await scrape()).text, /Strange_|Named/);
  });
});

describe('an operation over WebSocket', () => {
  // A lazy client would connect anew for every operation.
  const connect = () =>
    createWsClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: false,
    });

  it('has the id of its socket and a number, in its errors and in the log', async () => {
    const client = connect();
    const run = async (query: string) => (await client.iterate({ query }).next()).value;
    assert.equal((await run('query First { indexes { totalCount } }')).errors, undefined);
    const { errors } = await whileFaulty(() => run(FAULTY));
    await assert.rejects(run('{ nothing }'));
    const requestId = String(errors[0].extensions.requestId);
    assert.match(requestId, /^[0-9a-f-]{36}\.2$/);
    const ids = ['1', '2', '3'].map((n) => requestId.replace(/2$/, n));
    const told = await Promise.all(ids.map(linesOf));
    assert.deepEqual(
      told.map((own) => own.at(-1)?.outcome),
      ['ok', 'fault', 'refused'],
    );
    assert.deepEqual([told[0]?.[0]?.operation, told[0]?.[0]?.transport], ['First', 'websocket']);
    assert.equal(told[1]?.[0]?.msg, 'request failed');
    await client.dispose();
  });

  it('is counted while it runs, as its socket is while it is open', async () => {
    const { id } = await createVideoIndex(app);
    const task = await uploadFile(app, id, await goodClip());
    const query = `subscription { taskUpdated(id: "${Buffer.from(`Task:${task.id}`).toString('base64')}") { status } }`;
    const client = connect();
    const other = createSseClient({ url: `${server.url}/graphql`, retryAttempts: 0 });
    const running = [client.iterate({ query }), other.iterate({ query })];
    for (const updates of running) await updates.next();
    const sample = 'reelgraph_subscriptions{field="taskUpdated"}';
    const during = await measured();
    assert.deepEqual([sampleOf(during, sample), sampleOf(during, 'reelgraph_sockets')], [2, 1]);
    for (const updates of running) await updates.return?.();
    await client.dispose();
    other.dispose();
    await until(async () => {
      const then = await measured();
      return sampleOf(then, sample) === 0 && sampleOf(then, 'reelgraph_sockets') === 0;
    });
  });

  it('ends with its socket', async () => {
    const { id } = await createVideoIndex(app);
    const task = await uploadFile(app, id, await goodClip());
    const query = `subscription Cut { taskUpdated(id: "${Buffer.from(`Task:${task.id}`).toString('base64')}") { status } }`;
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    await once(socket, 'message');
    socket.terminate();
    await until(() => lines.some(({ operation, outcome }) => operation === 'Cut' && outcome === 'ok'));
  });
});

describe('/metrics', () => {
  const listenAs = (env: Partial<Env>) =>
    listen({ ...app, env: { ...app.env, ...env } }, { host: '127.0.0.1', port: 0 });
  const METRICS_TOKEN = 'a-token-of-the-test';
  const cases: [name: string, env: Partial<Env>, headers: Record<string, string>, status: number][] = [
    ['is open on this machine', {}, {}, 200],
    ['is not there for others without a token', { HOST: '0.0.0.0' }, {}, 404],
    [
      'is not there when it is switched off',
      { METRICS: false, METRICS_TOKEN },
      { authorization: `Bearer ${METRICS_TOKEN}` },
      404,
    ],
    ['needs the token, where there is one', { METRICS_TOKEN }, {}, 401],
    ['refuses another token', { METRICS_TOKEN }, { authorization: `Bearer ${METRICS_TOKEN}x` }, 401],
    ['refuses another scheme', { METRICS_TOKEN }, { authorization: `Basic ${METRICS_TOKEN}` }, 401],
    ['takes the token', { METRICS_TOKEN, HOST: '0.0.0.0' }, { authorization: `bearer ${METRICS_TOKEN}` }, 200],
  ];
  for (const [name, env, headers, status] of cases)
    it(name, async () => {
      const guarded = await listenAs(env);
      const answer = await scrape(headers, guarded.url).finally(() => guarded.close());
      assert.equal(answer.status, status);
      if (status === 200) assert.match(String(answer.type), /^text\/plain; version=0\.0\.4/);
      else assert.equal(answer.text, '');
    });

  it('is for keys of the role admin, where there are keys and no token', async () => {
    await using keyed = await createTestApp();
    const admin = await addKey(keyed.app);
    const writer = await addKey(keyed.app, { role: 'write' });
    const guarded = await listen(keyed.app, { host: '127.0.0.1', port: 0 });
    const seen = [];
    for (const headers of [{}, { 'x-api-key': writer.key }, { 'x-api-key': admin.key }])
      seen.push((await scrape(headers as Record<string, string>, guarded.url)).status);
    await guarded.close();
    assert.deepEqual(seen, [404, 404, 200]);
  });

  it('is answered without the database', async () => {
    const { db } = app;
    const broken = await listen(
      {
        ...app,
        db: { ...db, orm: { select: () => assert.fail('gone') } as never },
        env: { ...app.env, METRICS_TOKEN },
      },
      { host: '127.0.0.1', port: 0 },
    );
    const { status, text } = await scrape({ authorization: `Bearer ${METRICS_TOKEN}` }, broken.url).finally(() =>
      broken.close(),
    );
    const families = parseExposition(text);
    assert.deepEqual([status, families.get('reelgraph_database_up')?.samples.get('reelgraph_database_up')], [200, 0]);
    assert.equal(families.get('reelgraph_tasks')?.samples.size, 0);
  });
});
