import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import type { App } from '../../src/app.ts';
import { type Enveloped, observeSockets } from '../../src/http/observe-sockets.ts';
import { createRunningOperations } from '../../src/http/running-operations.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { parseExposition, sampleOf } from '../helpers/exposition.ts';
import { addIndex, globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';

const MOST = 2;
const SLOW = 'query Slow { models { name } }';

interface Message {
  type: string;
  id?: string;
  payload?: { data?: object } & { message: string; extensions: { code: string; requestId?: string } }[];
}

const lines: { level: number; msg: string; operation?: string; outcome?: string }[] = [];
let test: TestApp;
let app: App;
let server: HttpServer;
let follow: string;
const open: WebSocket[] = [];
before(async () => {
  test = await createTestApp({ env: { MAX_SUBSCRIPTIONS: MOST } });
  app = { ...test.app, log: createLog('debug', { stream: { write: (line) => lines.push(JSON.parse(line)) } }) };
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  const { id } = await addIndex(app);
  follow = `subscription Follow { tasksUpdated(indexId: "${globalId('Index', { id })}") { id } }`;
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
  lines.splice(0);
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

async function connect(headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  open.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)] as const);
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const heard = (count: number) => until(() => messages.length >= count);
  send({ type: 'connection_init' });
  return {
    socket,
    messages,
    closed,
    send,
    heard,
    subscribe: (id: string, query: string) => send({ type: 'subscribe', id, payload: { query } }),
    complete: (id: string) => send({ type: 'complete', id }),
  };
}

async function acknowledged() {
  const client = await connect();
  await client.heard(1);
  client.messages.splice(0);
  return client;
}

/** Holds the operations `SLOW` up. */
function holdUp() {
  const { models } = app;
  const gate = Promise.withResolvers<void>();
  let count = 0;
  app.models = {
    ...models,
    async list() {
      count += 1;
      await gate.promise;
      return models.list();
    },
  };
  return {
    count: () => count,
    release() {
      app.models = models;
      gate.resolve();
    },
  };
}

const told = (name: string) => lines.filter(({ operation, msg }) => operation === name && msg === 'request').length;
async function following(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return sampleOf(parseExposition(text), 'reelgraph_subscriptions{field="tasksUpdated"}');
}

describe('an id that is used again while what it named still runs', () => {
  it('names the new operation, which goes on, is completed, and gets no answer of the other', async () => {
    const client = await acknowledged();
    const held = holdUp();
    client.subscribe('1', SLOW);
    await until(() => held.count() === 1);
    client.complete('1');
    client.subscribe('1', follow);
    await until(async () => (await following()) === 1);
    held.release();
    await until(() => told('Slow') === 1);
    assert.equal(told('Follow'), 0);
    client.complete('1');
    await until(async () => told('Follow') === 1 && (await following()) === 0);
    client.subscribe('1', '{ __typename }');
    await client.heard(2);
    const heard = client.messages.map(({ type, id, payload }) => [type, id, payload?.data]);
    assert.deepEqual(heard, [
      ['next', '1', { __typename: 'Query' }],
      ['complete', '1', undefined],
    ]);
  });

  it('leaves no subscription behind when the socket closes', async () => {
    const client = await acknowledged();
    const held = holdUp();
    client.subscribe('1', SLOW);
    await until(() => held.count() === 1);
    client.complete('1');
    client.subscribe('1', follow);
    await until(async () => (await following()) === 1);
    held.release();
    await until(() => told('Slow') === 1);
    client.socket.terminate();
    await until(async () => told('Follow') === 1 && (await following()) === 0);
  });

  it('is refused with 4409 where the client has not completed it', async () => {
    const client = await acknowledged();
    client.subscribe('é'.repeat(500), follow);
    client.subscribe('é'.repeat(500), follow);
    assert.equal((await client.closed)[0], 4409);
  });
});

it('operations that a client has completed count as long as they run', async () => {
  const client = await acknowledged();
  const held = holdUp();
  for (let n = 0; n < 10; n += 1) {
    client.subscribe('1', SLOW);
    client.complete('1');
  }
  client.subscribe('last', SLOW);
  await client.heard(1);
  const [{ type, id, payload } = assert.fail()] = client.messages;
  assert.deepEqual([type, id, payload?.[0]?.extensions.code], ['error', 'last', 'LIMIT_EXCEEDED']);
  assert.equal(held.count(), MOST);
  held.release();
  await until(() => told('Slow') === MOST);
  client.subscribe('1', SLOW);
  await client.heard(3);
  assert.equal(client.messages[1]?.type, 'next');
});

it('a stream that begins once its socket is over is returned at once', () => {
  const operations = createRunningOperations();
  let returned = 0;
  let ended = 0;
  const operation = operations.add(() => {
    ended += 1;
  });
  operations.stop();
  operation.follow({
    next: () => assert.fail(),
    async return() {
      returned += 1;
      operation.end();
      return { done: true, value: undefined };
    },
  });
  assert.deepEqual([returned, ended, operations.size], [1, 1, 0]);
});

it('an operation that cannot be told from others is refused, and is over', async () => {
  const client = await acknowledged();
  for (let n = 0; n <= MOST; n += 1) client.subscribe(`${n}`, 'query A { __typename } query B { __typename }');
  await client.heard(MOST + 1);
  client.subscribe('after', '{ __typename }');
  await client.heard(MOST + 2);
  assert.deepEqual([client.messages[MOST + 1]?.type, client.messages[MOST + 1]?.id], ['next', 'after']);
});

describe('what goes wrong on a socket', () => {
  it('of a client is told of at debug, and never printed', async (t) => {
    const printed = t.mock.method(console, 'error', () => {});
    const deep = `{"type":"ping","payload":{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`;
    for (const [data, code, reason] of [
      ['x'.repeat(2 * app.env.MAX_BODY_SIZE), 1009, ''],
      ['{"type":"next","id":"1","payload":{}}', 4400, 'Invalid message received'],
      ['{"type":"complete","id":7}', 4400, 'Invalid message received'],
      ['null', 4400, 'Invalid message received'],
    ] as const) {
      const { socket, closed } = await connect();
      socket.send(data);
      assert.deepEqual(await closed, [code, reason], data.slice(0, 50));
    }
    const client = await acknowledged();
    client.socket.send(deep);
    await client.heard(1);
    assert.equal(client.messages[0]?.type, 'pong');
    assert.equal(printed.mock.callCount(), 0);
    assert.ok(lines.some(({ msg }) => msg === 'socket failed'));
    assert.deepEqual(
      lines.filter(({ level }) => level > 20),
      [],
    );
  });

  it('is masked where running an operation, or its stream, throws it; and the operation is over', async () => {
    const sockets = new EventEmitter();
    const observer = observeSockets(app, sockets as never);
    const [socket, request] = [new EventEmitter(), { headers: {} }];
    sockets.emit('connection', socket, request);
    const cause = () => Promise.reject(new Error('the cause'));
    const stream = { next: cause, [Symbol.asyncIterator]: () => stream };
    const rootValue = { execute: cause, subscribe: () => stream };
    const prepare = async () => ({ document: {}, rootValue }) as never;
    const begin = async () => {
      const args = await observer.onSubscribe(prepare)({ extra: { request } } as never, '1', { query: '' });
      return 'document' in args ? (args.rootValue as Enveloped) : assert.fail();
    };
    const { errors } = (await (await begin()).execute({} as never)) as { errors: Error[] };
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['Unexpected error.'],
    );
    const values = (await (await begin()).subscribe({} as never)) as AsyncIterator<unknown>;
    const operations = observer.operationsOf(request as never);
    assert.equal(operations.size, 1);
    await assert.rejects(values.next(), { name: 'GraphQLError', message: 'Unexpected error.' });
    assert.equal(operations.size, 0);
    socket.emit('close', 1000);
  });

  it('has a reason that fits, without the Host of a stranger', async () => {
    const { closed } = await connect({ host: 'é'.repeat(60) });
    const [code, reason] = await closed;
    assert.equal(code, 4401);
    assert.match(reason, /^Without an API key the server answers to its own names only, and this Host is none of them/);
  });
});
