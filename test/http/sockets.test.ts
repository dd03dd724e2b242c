import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';

const TIMEOUT = 0.4;
const MOST_OPERATIONS = 3;

let test: TestApp;
let server: HttpServer;
const open: WebSocket[] = [];
before(async () => {
  const env = { CLIENT_TIMEOUT: TIMEOUT, MAX_CONNECTIONS: 8, MAX_SUBSCRIPTIONS: MOST_OPERATIONS };
  test = await createTestApp({ env });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

type Message = { type: string; id?: string; payload?: { extensions?: object; data?: object }[] };

function connect(options: WebSocket.ClientOptions = {}): WebSocket {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
  socket.on('error', () => {});
  open.push(socket);
  return socket;
}

async function connected(options?: WebSocket.ClientOptions): Promise<WebSocket> {
  const socket = connect(options);
  await once(socket, 'open');
  return socket;
}

async function acknowledged(options?: WebSocket.ClientOptions): Promise<WebSocket> {
  const socket = await connected(options);
  send(socket, { type: 'connection_init' });
  assert.equal((await next(socket)).type, 'connection_ack');
  return socket;
}

function send(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

async function next(socket: WebSocket): Promise<Message> {
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data));
}

async function codeOf(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return code;
}

const subscription = async () => {
  const { id } = await addIndex(test.app);
  return `subscription { tasksUpdated(indexId: "${globalId('Index', { id })}") { id } }`;
};

describe('a socket is closed', () => {
  it('4408 without connection_init', async () => {
    assert.equal(await codeOf(await connected()), 4408);
  });

  it('4429 after a second connection_init', async () => {
    const socket = await acknowledged();
    send(socket, { type: 'connection_init' });
    assert.equal(await codeOf(socket), 4429);
  });

  it('4401 when it subscribes before connection_init', async () => {
    const socket = await connected();
    send(socket, { type: 'subscribe', id: 'a', payload: { query: '{ __typename }' } });
    assert.equal(await codeOf(socket), 4401);
  });

  it('4400 after what is no message, 1009 after one that is too large', async () => {
    for (const [data, code] of [
      ['nothing', 4400],
      ['{"type":"subscribe","id":"__proto__"}', 4400],
      [`{"type":"ping","payload":{"a":"${'x'.repeat(100_000)}"}}`, 1009],
      ['['.repeat(90_000), 4400],
    ] as const) {
      const socket = await acknowledged();
      socket.send(data);
      assert.equal(await codeOf(socket), code, data.slice(0, 50));
    }
  });

  it('1013 when its client does not answer pings', async () => {
    assert.equal(await codeOf(await acknowledged({ autoPong: false })), 1013);
  });

  it('1000 when it has had no operation for long; not while it has one', async () => {
    const busy = await acknowledged();
    let isClosed = false;
    busy.once('close', () => {
      isClosed = true;
    });
    send(busy, { type: 'subscribe', id: 'a', payload: { query: await subscription() } });
    assert.equal(await codeOf(await acknowledged()), 1000);
    assert.equal(isClosed, false);
  });
});

it('an operation too many is refused, and the others go on', async () => {
  const socket = await acknowledged();
  const query = await subscription();
  const { subscriptions } = test.app.telemetry.metrics;
  const countRunning = async () => (await subscriptions.get()).values.reduce((sum, { value }) => sum + value, 0);
  const before = await countRunning();
  for (let n = 0; n < MOST_OPERATIONS; n += 1) send(socket, { type: 'subscribe', id: `s${n}`, payload: { query } });
  send(socket, { type: 'subscribe', id: 'more', payload: { query } });
  const refused = await next(socket);
  assert.deepEqual([refused.type, refused.id], ['error', 'more']);
  assert.deepEqual(refused.payload?.[0]?.extensions, {
    code: 'LIMIT_EXCEEDED',
    limit: 'number of operations on this connection',
    actual: MOST_OPERATIONS + 1,
    allowed: MOST_OPERATIONS,
    http: { status: 400 },
  });
  // One that has not begun is over only after it has.
  await until(async () => (await countRunning()) === before + MOST_OPERATIONS);
  send(socket, { type: 'complete', id: 's0' });
  send(socket, { type: 'subscribe', id: 'again', payload: { query: '{ __typename }' } });
  assert.deepEqual([(await next(socket)).type], ['next']);
});

it('half of the connections may be sockets: the next one is refused with 503, and requests are answered', async () => {
  for (let n = 0; n < 4; n += 1) await acknowledged();
  const [, response] = await once(connect(), 'unexpected-response');
  assert.equal(response.statusCode, 503);
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
});
