import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { connectTo, readAll } from '../helpers/network.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex } from '../helpers/uploads.ts';

const TIMEOUT = 0.4;

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp({ env: { CLIENT_TIMEOUT: TIMEOUT, MAX_CONNECTIONS: 12, EMBED_QUEUE: 1 } });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

function head(type: string, length: number): string {
  return [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    `content-type: ${type}`,
    `content-length: ${length}`,
    'graphql-require-preflight: 1',
    '\r\n',
  ].join('\r\n');
}

const part = (name: string, value: unknown) =>
  `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;

/** Begins an upload whose bytes are there as far as the file's first ones. */
async function beginUpload(): Promise<Socket> {
  const { id } = await createVideoIndex(test.app);
  const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { __typename } }';
  const input = { indexId: Buffer.from(`Index:${id}`).toString('base64'), videoFile: null };
  const socket = await connectTo(server.url);
  socket.write(head('multipart/form-data; boundary=x', 1_000_000));
  socket.write(part('operations', { query, variables: { input } }) + part('map', { 0: ['variables.input.videoFile'] }));
  socket.write('--x\r\ncontent-disposition: form-data; name="0"; filename="a.mp4"\r\n\r\nbytes');
  await until(async () => (await temporaryFiles()).length > 0);
  return socket;
}

const temporaryFiles = () => readdir(join(test.app.env.DATA_DIR, 'tmp'));

it('an upload that stops is ended with 408, and leaves nothing', async () => {
  const socket = await beginUpload();
  assert.match(await readAll(socket), /^HTTP\/1\.1 408 /);
  await until(async () => (await temporaryFiles()).length === 0);
});

it('an upload that drips is ended, one that keeps coming is not', async () => {
  const dripping = await beginUpload();
  const coming = await beginUpload();
  const ended = readAll(dripping);
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  const chunk = Buffer.alloc(1_000);
  while (!isEnded) {
    dripping.write('.');
    coming.write(chunk);
    await wait(20);
  }
  assert.match(await ended, /^HTTP\/1\.1 408 /);
  assert.equal(coming.closed, false);
  coming.destroy();
  await until(async () => (await temporaryFiles()).length === 0);
});

it('an upload whose first file nobody reads is ended with 408, and its place in the queue is free again', async () => {
  const socket = await connectTo(server.url);
  const query =
    'mutation ($a: Upload!, $b: Upload!) { x: embed(input: { image: $b }) { __typename } y: embed(input: { image: $a }) { __typename } }';
  socket.write(head('multipart/form-data; boundary=x', 10_000_000));
  socket.write(part('operations', { query, variables: { a: null, b: null } }));
  socket.write(part('map', { 0: ['variables.a'], 1: ['variables.b'] }));
  socket.write('--x\r\ncontent-disposition: form-data; name="0"; filename="a.png"\r\n\r\n');
  socket.write(Buffer.alloc(9_000_000));
  const embed = async () => {
    const body = JSON.stringify({ query: 'mutation { embed(input: { text: "cat" }) { __typename } }' });
    const headers = { 'content-type': 'application/json', 'graphql-require-preflight': '1' };
    return (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body })).text();
  };
  const answer = readAll(socket);
  await until(async () => (await embed()).includes('LimitExceededError'));
  assert.match(await answer, /^HTTP\/1\.1 408 /);
  await until(async () => (await embed()).includes('"Embedding"'));
});

it('a body that is no upload has to be there in time, however it comes', async () => {
  const socket = await connectTo(server.url);
  socket.write(head('application/json', 50_000));
  const answer = readAll(socket);
  while (!socket.closed) {
    socket.write(' '.repeat(500));
    await wait(20);
  }
  assert.match(await answer, /^HTTP\/1\.1 408 /);
});

it('a head that does not end is ended with 408', async () => {
  const socket = await connectTo(server.url);
  socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
  assert.match(await readAll(socket), /^HTTP\/1\.1 408 /);
});

it('a head that is too large is refused', async () => {
  const socket = await connectTo(server.url);
  socket.write(`GET /health HTTP/1.1\r\nhost: localhost\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(await readAll(socket), /^HTTP\/1\.1 431 /);
});

it('an answer that is not read ends with its connection', async () => {
  const socket = await connectTo(server.url);
  socket.pause();
  const query = `{ ${Array.from({ length: 50 }, (_, n) => `a${n}: __type(name: "Query") { fields { description args { description } } }`).join(' ')} }`;
  const body = JSON.stringify({ query });
  const request = head('application/json', body.length) + body;
  // As many answers as the kernel cannot take.
  const asking = setInterval(() => socket.write(request), 5);
  await until(() => socket.closed);
  clearInterval(asking);
});

it('connections beyond the limit are dropped, and the next are served again', async () => {
  const open: Socket[] = [];
  for (let n = 0; n < 12; n += 1) open.push(await connectTo(server.url));
  const dropped = await connectTo(server.url);
  await readAll(dropped);
  for (const socket of open) socket.destroy();
  await until(async () => (await fetch(`${server.url}/health`).catch(() => undefined))?.status === 200);
});
