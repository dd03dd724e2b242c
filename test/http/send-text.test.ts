import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, it } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { sendText } from '../../src/http/send-text.ts';

let sockets: WebSocketServer;
before(async () => {
  sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(sockets, 'listening');
});
after(() => sockets.close());

async function connect() {
  const opening = once(sockets, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`);
  const texts: string[] = [];
  client.on('message', (data, isBinary) => texts.push(isBinary ? 'binary' : String(data)));
  const closed = once(client, 'close').then(([code]) => code);
  const [socket, { socket: connection }] = (await opening) as [WebSocket, { socket: Socket }];
  return { socket, connection, texts, closed };
}

it('a text of any length comes whole, in its place among what ws itself sends', async () => {
  const { socket, connection, texts, closed } = await connect();
  const lengths = [0, 1, 125, 126, 65_535, 65_536, 300_000];
  const sent = [...lengths.map((length) => 'x'.repeat(length)), 'é'.repeat(63), '😀'.repeat(20_000)];
  for (const text of sent) {
    await sendText(socket, connection, text);
    socket.send('between');
    socket.ping();
  }
  socket.close(4000);
  assert.equal(await closed, 4000);
  assert.deepEqual(
    texts.filter((_, n) => n % 2 === 0),
    sent,
  );
  assert.equal(texts.filter((text) => text === 'between').length, sent.length);
});

it('what is sent in one turn comes in its order', async () => {
  const { socket, connection, texts, closed } = await connect();
  await Promise.all(['a', 'b', 'c'].map((text) => sendText(socket, connection, text)));
  socket.close();
  await closed;
  assert.deepEqual(texts, ['a', 'b', 'c']);
});

it('nothing follows the end of a socket, and nobody waits for it', async () => {
  const { socket, connection, texts, closed } = await connect();
  await sendText(socket, connection, 'last');
  socket.close(4000);
  await sendText(socket, connection, 'late');
  assert.equal(await closed, 4000);
  await sendText(socket, connection, 'later');
  assert.deepEqual(texts, ['last']);
});

it('a text that cannot be written is told of', async () => {
  const { socket, connection, closed } = await connect();
  connection.destroy();
  await assert.rejects(sendText(socket, connection, 'x'));
  await closed;
});
