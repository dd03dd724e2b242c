import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FileChangedError, RemoteFileError } from '../../src/storage/remote-file-error.ts';
import { createRemoteFiles, type RemotePosition } from '../../src/storage/remote-files.ts';
import { cutAfter, type RemoteServer, sendVersion, startRemoteServer } from '../helpers/remote-server.ts';

const USUAL = { connect: 5_000, answer: 5_000, pace: 5_000, minRate: 1 };
const clientOf = (limits = {}) =>
  createRemoteFiles({ allow: ['127.0.0.1'], ports: [], limits: { ...USUAL, ...limits } });
const remote = clientOf();

let server: RemoteServer;
before(async () => {
  server = await startRemoteServer((_, response) => response.end('content'));
});
after(() => server[Symbol.asyncDispose]());

async function fault(work: Promise<unknown>): Promise<RemoteFileError> {
  const error = await work.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RemoteFileError, String(error));
  return error;
}

const read = (client = remote, maxBytes = 1_000_000) => client.read(server.url('/file'), { maxBytes });

/** A server that speaks no HTTP, or its own. */
async function listen(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const raw = createServer((socket) => {
    sockets.push(socket);
    onConnection(socket.on('error', () => {}));
  });
  raw.listen(0, '127.0.0.1');
  await once(raw, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    raw.close();
  });
  return (raw.address() as AddressInfo).port;
}

/** Calls `again` as long as the connection lives. */
function drip(connection: { on(event: 'close', listener: () => void): unknown }, again: () => void): void {
  const timer = setInterval(again, 10);
  connection.on('close', () => clearInterval(timer));
}

it('a download that is over no longer listens to its signal', async () => {
  server.answer = (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
    else response.end('content');
  };
  const { signal } = new AbortController();
  const { body } = await remote.open(server.url('/moved'), { signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  assert.equal(String(await buffer(body)), 'content');
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

it('an abort ends a download at once with its reason, wherever it is', async () => {
  const reason = new Error('enough');
  assert.equal(
    await remote.open(server.url('/'), { signal: AbortSignal.abort(reason) }).catch((error) => error),
    reason,
  );
  for (const begin of [false, true]) {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    server.answer = (_, response) => {
      response.once('close', closed.resolve);
      if (begin) response.write('first');
      setImmediate(() => controller.abort(reason));
    };
    const { signal } = controller;
    const reading = remote.open(server.url('/'), { signal }).then(({ body }) => buffer(body));
    assert.equal(await reading.catch((error) => error), reason);
    await closed.promise;
  }
});

it('what is closed unread hangs up', async () => {
  const closed = Promise.withResolvers<void>();
  server.answer = (_, response) => {
    response.once('close', closed.resolve);
    response.writeHead(200, { 'content-length': 1_000_000_000 }).write('first');
  };
  const file = await remote.open(server.url('/'));
  assert.deepEqual([file.size, file.start], [1_000_000_000, 0]);
  file.close();
  await closed.promise;
});

it('a file in memory has a limit, whether its size is told, not told or belied', async () => {
  server.answer = (_, response) => response.end(Buffer.alloc(100));
  assert.equal((await read(remote, 100)).byteLength, 100);
  const message = 'the file is larger than 99 bytes';
  assert.equal((await fault(read(remote, 99))).message, message);
  server.answer = (_, response) => {
    response.write(Buffer.alloc(60));
    response.end(Buffer.alloc(40));
  };
  assert.equal((await fault(read(remote, 99))).message, message);
  server.answer = (_, response) => {
    response.flushHeaders();
    drip(response, () => response.write(Buffer.alloc(10)));
  };
  assert.equal((await fault(read(remote, 99))).message, message);
});

it('a server that sends a little now and then, or nothing, is left', async () => {
  const hasty = clientOf({ pace: 100, minRate: 1_000 });
  server.answer = (_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 }).flushHeaders();
    drip(response, () => response.write('x'));
  };
  const slow = await fault(read(hasty));
  assert.deepEqual([slow.message, slow.transient], ['fewer than 1000 bytes a second came', true]);
  server.answer = (_, response) => response.writeHead(200, { 'content-length': 10 }).write('first');
  const silent = await fault(read(hasty));
  assert.deepEqual([silent.message, silent.transient], ['fewer than 1000 bytes a second came', true]);
  server.answer = (_, response) => response.writeHead(200, { 'content-length': 10 }).flushHeaders();
  assert.equal((await fault(read(hasty))).message, 'nothing came for 0.1 s');
  server.answer = (_, response) => {
    response.flushHeaders();
    let sent = 0;
    drip(response, () => (++sent < 100 ? response.write(Buffer.alloc(100)) : response.end()));
  };
  // Longer than the time in which it is measured.
  assert.equal((await read(clientOf({ pace: 500, minRate: 1_000 }))).byteLength, 9_900);
});

it('a server that does not answer in time is left, whatever it does meanwhile', async (t) => {
  const hasty = clientOf({ connect: 100, answer: 200 });
  const ports = {
    'says nothing': await listen(t, () => {}),
    'drips headers': await listen(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      drip(socket, () => socket.write('x: y\r\n'));
    }),
    'promises an answer': await listen(t, (socket) => {
      drip(socket, () => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    }),
  };
  for (const [what, port] of Object.entries(ports)) {
    const { message, transient } = await fault(hasty.open(`http://127.0.0.1:${port}/`));
    assert.deepEqual([message, transient], ['no answer came within 0.2 s', true], what);
  }
  const late = { message: 'the server could not be reached within 0.1 s', transient: true };
  // No handshake comes from it.
  assert.deepEqual({ ...(await factsOf(hasty.open(`https://127.0.0.1:${ports['says nothing']}/`))) }, late);
  const options = { allow: [], ports: [], limits: { ...USUAL, connect: 100 } };
  const lost = createRemoteFiles({ ...options, resolve: () => new Promise<never>(() => {}) });
  assert.deepEqual(await factsOf(lost.open('http://lost.test/')), late);
});

async function factsOf(work: Promise<unknown>) {
  const { message, transient } = await fault(work);
  return { message, transient };
}

it('faults of the network may pass, others not; none tells an address', async (t) => {
  const closed = await listen(t, (socket) => socket.destroy());
  const [wordy, large, twice] = await Promise.all(
    [
      'SSH-2.0-OpenSSH_9.2\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
    ].map((text) => listen(t, (socket) => socket.end(text))),
  );
  const cases: [string, string, boolean][] = [
    ['http://127.0.0.1:1/', 'the request failed (ECONNREFUSED)', true],
    [`http://127.0.0.1:${closed}/`, 'the request failed (ECONNRESET)', true],
    [`http://127.0.0.1:${wordy}/`, 'the request failed (HPE_INVALID_CONSTANT)', false],
    [`http://127.0.0.1:${large}/`, 'the request failed (HPE_HEADER_OVERFLOW)', false],
    [`http://127.0.0.1:${twice}/`, 'the request failed (HPE_INVALID_TRANSFER_ENCODING)', false],
  ];
  for (const [url, message, transient] of cases)
    assert.deepEqual(await factsOf(remote.open(url)), { message, transient });
  const offline = createRemoteFiles({
    allow: [],
    ports: [],
    limits: USUAL,
    resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })),
  });
  const unknown = { message: "the URL's host could not be looked up", transient: true };
  assert.deepEqual(await factsOf(offline.open('http://a.test/')), unknown);
});

it('an answer without a file is refused, and says which it is', async () => {
  const statuses = {
    404: false,
    403: false,
    204: false,
    206: false,
    416: false,
    500: true,
    503: true,
    429: true,
    408: true,
  };
  for (const [status, transient] of Object.entries(statuses)) {
    server.answer = (_, response) => response.writeHead(Number(status)).end();
    assert.deepEqual(await factsOf(read()), { message: `the server answered with status ${status}`, transient });
  }
  const page = 'the server answered with a web page (text/html) instead of a file';
  for (const type of ['text/html', 'Text/HTML; charset=utf-8', 'application/xhtml+xml']) {
    server.answer = (_, response) => response.writeHead(200, { 'content-type': type }).end('<!doctype html>');
    assert.deepEqual(await factsOf(read()), { message: page, transient: false });
  }
});

it('what is sent compressed is refused unopened; nobody asked for it', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  let asked: unknown;
  const packed: Record<string, string>[] = [
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'br' },
    { 'transfer-encoding': 'gzip, chunked' },
  ];
  for (const headers of packed) {
    server.answer = (request, response) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(200, headers).end(bomb);
    };
    const message = 'the server sends the file compressed, which it was not asked for';
    assert.deepEqual(await factsOf(read()), { message, transient: false });
    assert.equal(asked, 'identity');
  }
  server.answer = (_, response) => response.writeHead(200, { 'content-encoding': 'identity' }).end('content');
  assert.equal(String(await read()), 'content');
});

it('a line that is cut is told of, not taken for the end', async () => {
  for (const headers of [{ 'content-length': 100 }, {}]) {
    server.answer = (_, response) => {
      response.writeHead(200, headers);
      cutAfter(response, Buffer.from('first'));
    };
    const message = 'the connection was cut before the whole file had come';
    assert.deepEqual(await factsOf(read()), { message, transient: true });
  }
});

const content = Buffer.from('0123456789');
const old = new Date(Date.now() - 100_000).toUTCString();

it('a version is a strong tag or a settled date, and nothing else', async () => {
  const versions: [Record<string, string>, string | null][] = [
    [{ etag: '"a"' }, '"a"'],
    [{ etag: '"a"', 'last-modified': old }, '"a"'],
    [{ etag: 'W/"a"' }, null],
    [{ etag: 'W/"a"', 'last-modified': old }, old],
    [{ 'last-modified': new Date().toUTCString() }, null],
    [{ 'last-modified': 'yesterday' }, null],
    [{ etag: '"a"', 'accept-ranges': 'none' }, null],
    [{}, null],
  ];
  for (const [headers, validator] of versions) {
    server.answer = (_, response) => response.writeHead(200, headers).end(content);
    const file = await remote.open(server.url('/'));
    file.close();
    assert.equal(file.version?.validator ?? null, validator, JSON.stringify(headers));
    if (file.version) assert.deepEqual(file.version.origin, new URL(server.url('/')).origin);
  }
});

it('a download goes on from a byte on, if the server proves that it has the same version', async () => {
  const origin = new URL(server.url('/')).origin;
  const from = { bytes: 4, version: { origin, validator: '"a"', size: 10 } };
  const open = (at: RemotePosition = from) => remote.open(server.url('/'), { from: at });
  server.answer = (request, response) => sendVersion(request, response, { content, tag: '"a"' });
  server.asked.length = 0;
  const { body, start, size, version } = await open();
  assert.equal(String(await buffer(body)), '456789');
  assert.deepEqual([start, size, version], [4, 10, from.version]);
  assert.deepEqual(server.asked, ['/ bytes=4- "a"']);
  // A size that was not known at first is so from then on.
  const unsized = await open({ ...from, version: { ...from.version, size: null } });
  unsized.close();
  assert.equal(unsized.version?.size, 10);
  const dated = { bytes: 4, version: { origin, validator: old, size: 10 } };
  server.answer = (_, response) =>
    response.writeHead(206, { 'content-range': 'bytes 4-9/10', 'last-modified': old }).end(content.subarray(4));
  assert.equal(String(await buffer((await open(dated)).body)), '456789');
});

it('anything else begins anew', async () => {
  const { origin } = new URL(server.url('/'));
  const from = { bytes: 4, version: { origin, validator: '"a"', size: 10 } };
  const answers: [string, number, Record<string, string>][] = [
    ['no ranges', 200, { etag: '"a"' }],
    ['another version', 200, { etag: '"b"' }],
    ['another version in parts', 206, { etag: '"b"', 'content-range': 'bytes 4-9/10' }],
    ['a part of what is not said', 206, { 'content-range': 'bytes 4-9/10' }],
    ['a weak tag', 206, { etag: 'W/"a"', 'content-range': 'bytes 4-9/10' }],
    ['an earlier part', 206, { etag: '"a"', 'content-range': 'bytes 3-9/10' }],
    ['a later part', 206, { etag: '"a"', 'content-range': 'bytes 5-9/10' }],
    ['the first part', 206, { etag: '"a"', 'content-range': 'bytes 0-9/10' }],
    ['another size', 206, { etag: '"a"', 'content-range': 'bytes 4-9/11' }],
    ['a part past the end', 206, { etag: '"a"', 'content-range': 'bytes 4-10/10' }],
    ['a size that is not said', 206, { etag: '"a"', 'content-range': 'bytes 4-9/*' }],
    ['another unit', 206, { etag: '"a"', 'content-range': 'lines 4-9/10' }],
    ['no range', 206, { etag: '"a"' }],
    ['several parts', 206, { etag: '"a"', 'content-type': 'multipart/byteranges; boundary=x' }],
    ['less than is here', 416, { etag: '"a"', 'content-range': 'bytes */3' }],
  ];
  for (const [what, status, headers] of answers) {
    server.answer = (_, response) => response.writeHead(status, headers).end(content);
    assert.ok((await fault(remote.open(server.url('/'), { from }))) instanceof FileChangedError, what);
  }
  for (const status of [503, 404]) {
    server.answer = (_, response) => response.writeHead(status).end();
    assert.equal((await fault(remote.open(server.url('/'), { from }))).transient, status === 503);
  }
});

it('another host is not told what the first one has', async () => {
  await using other = await startRemoteServer((request, response) =>
    sendVersion(request, response, { content, tag: '"a"' }),
  );
  server.answer = (_, response) => response.writeHead(302, { location: other.url('/file') }).end();
  const { origin } = new URL(server.url('/'));
  const from = { bytes: 4, version: { origin, validator: '"a"', size: 10 } };
  assert.ok((await fault(remote.open(server.url('/'), { from }))) instanceof FileChangedError);
  assert.deepEqual(other.asked, ['/file - -']);
  // It is told where it has been the one before.
  const there = { bytes: 4, version: { origin: new URL(other.url('/')).origin, validator: '"a"', size: 10 } };
  server.asked.length = 0;
  const { body } = await remote.open(server.url('/'), { from: there });
  assert.equal(String(await buffer(body)), '456789');
  assert.deepEqual(server.asked, ['/ - -']);
});
