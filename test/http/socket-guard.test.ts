import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { endSlowClients } from '../../src/http/slow-clients.ts';
import { guardSocket } from '../../src/http/socket-guard.ts';
import { until } from '../helpers/until.ts';

const TIMEOUT = 400;
/** For clients that are to stay, however slow the machine is. */
const PATIENT = 60_000;
const MESSAGE = Buffer.alloc(50_000);

const server = createServer();
// As the endpoint's; the types are behind ws 8.19.
const sockets = new WebSocketServer({ server, ...({ closeTimeout: 2_000 } as object) });
before(async () => {
  endSlowClients(server, TIMEOUT);
  sockets.on('connection', (socket, request) => {
    socket.on('message', (data) => socket.send(data));
    const timeout = request.url === '/patient' ? PATIENT : TIMEOUT;
    guardSocket(socket, request.socket, { timeout, operations: { size: 1, stop: () => {} } });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(async () => {
  sockets.close();
  server.close();
  await once(server, 'close');
});

/** Both ends of a connection whose server sends back whatever it is sent. */
async function connect(path = '/'): Promise<[client: WebSocket, served: WebSocket]> {
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const [[served]] = await Promise.all([once(sockets, 'connection'), once(client, 'open')]);
  return [client, served];
}

/** Sends without reading until the server does not take any more, and says how much waited in the server at most. */
async function askWithoutReading(client: WebSocket, served: WebSocket): Promise<number> {
  let most = 0;
  const whole = 100 * 1024 ** 2;
  client.pause();
  for (let sent = 0; sent < whole; sent += MESSAGE.length) {
    client.send(MESSAGE);
    if (client.bufferedAmount > 0) await new Promise(setImmediate);
    most = Math.max(most, served.bufferedAmount);
    if (client.bufferedAmount > 5 * 1024 ** 2) return most;
  }
  throw new Error('the server has read everything');
}

it('a client that sends and does not read is not read from, and is closed with 1013', async () => {
  const [client, served] = await connect();
  const waiting = await askWithoutReading(client, served);
  assert.ok(waiting < 1024 ** 2, `${waiting} bytes wait in the server`);
  await until(() => served.readyState === WebSocket.CLOSING);
  client.resume();
  const [code, reason] = await once(client, 'close');
  assert.deepEqual([code, String(reason)], [1013, 'The client does not read.']);
});

it('a client that reads late goes on, and misses nothing', async () => {
  const [client, served] = await connect('/patient');
  let received = 0;
  client.on('message', () => {
    received += 1;
  });
  const closed = once(client, 'close');
  client.pause();
  const messages = 400;
  for (let n = 0; n < messages; n += 1) client.send(MESSAGE);
  await until(() => served.isPaused);
  client.resume();
  await Promise.race([until(() => received === messages || client.readyState !== WebSocket.OPEN), closed]);
  assert.deepEqual([received, client.readyState], [messages, WebSocket.OPEN]);
  client.close();
  await closed;
});

it('a client that reads nothing but answers pings is closed all the same', async () => {
  const [client, served] = await connect();
  client.pause();
  // More than the kernel takes on both sides.
  for (let n = 0; n < 600; n += 1) served.send(MESSAGE);
  const answering = setInterval(() => client.pong(), 20);
  await until(() => served.readyState !== WebSocket.OPEN);
  clearInterval(answering);
  client.terminate();
  await once(client, 'close');
});
