import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { createTask } from '../../src/domain/tasks.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { sendVersion } from '../helpers/remote-server.ts';
import { createVideoIndex, goodClip, TENANT, waitForEnd } from '../helpers/uploads.ts';

let test: TestApp;
let answer: RequestListener = () => {};
let requests = 0;
let clip: string;
const remote = createServer((request, response) => {
  requests += 1;
  answer(request, response);
});

before(async () => {
  clip = await goodClip();
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  test = await createTestApp({ workers: true, env: { FETCH_ALLOW_ADDRESSES: ['127.0.0.1'] } });
});
after(async () => {
  remote.closeAllConnections();
  remote.close();
  await test[Symbol.asyncDispose]();
});

async function download(url: string, app = test.app) {
  const { id: indexId } = await createVideoIndex(app);
  const task = await app.db.transaction((tx) =>
    createTask(tx, app.queue, TENANT, { indexId, source: { url }, inputDigest: url }),
  );
  assert.equal(task.status, 'UPLOADING');
  return waitForEnd(app, task.id);
}

const address = (path: string) => `http://127.0.0.1:${(remote.address() as AddressInfo).port}${path}`;

it('downloads, follows a redirect, and goes on as an upload does', async () => {
  answer = (request, response) => {
    if (request.url === '/old.mp4') return response.writeHead(302, { location: '/new%20name.mp4' }).end();
    response.writeHead(200, { 'content-length': statSync(clip).size });
    return createReadStream(clip).pipe(response);
  };
  const task = await download(address('/old.mp4'));
  assert.equal(task.status, 'READY');
  assert.equal(task.filename, 'old.mp4');
  const history = (await listTransitions(test.app.db, [task.id])).map(({ status }) => status);
  assert.deepEqual(history, ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY']);
});

it('a file that is not there is DOWNLOAD_FAILED at the first try', async () => {
  requests = 0;
  answer = (_, response) => response.writeHead(404).end();
  const { failure } = await download(address('/none.mp4'));
  assert.equal(failure?.code, 'DOWNLOAD_FAILED');
  assert.match(failure.message, /status 404/);
  assert.equal(requests, 1);
});

it('a line that is cut is tried again', async () => {
  requests = 0;
  const { size } = statSync(clip);
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': size });
    if (requests > 1) return createReadStream(clip).pipe(response);
    return createReadStream(clip, { end: 100_000 })
      .on('end', () => response.destroy())
      .pipe(response, { end: false });
  };
  assert.equal((await download(address('/cut.mp4'))).status, 'READY');
  assert.equal(requests, 2);
});

it('a line that is cut again and again is READY in the end, of the same bytes', async () => {
  const content = readFileSync(clip);
  const cut = Math.ceil(content.byteLength / 3);
  const ranges: unknown[] = [];
  answer = (request, response) => {
    ranges.push(request.headers.range);
    sendVersion(request, response, { content, tag: '"clip"' }, cut);
  };
  const task = await download(address('/flaky.mp4'));
  assert.equal(task.status, 'READY');
  assert.equal(task.asset, createHash('sha256').update(content).digest('hex'));
  assert.ok(ranges.length >= 3);
  assert.ok(
    ranges.slice(1).some((range) => /^bytes=[1-9]\d*-$/.test(String(range))),
    String(ranges),
  );
  assert.deepEqual(await readdir(join(test.app.env.DATA_DIR, 'tmp')), []);
});

it('a web page instead of a video is told of', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  const { failure } = await download(address('/watch?v=secret'));
  assert.equal(failure?.code, 'DOWNLOAD_FAILED');
  assert.match(failure.message, /a web page/);
  assert.doesNotMatch(failure.message, /secret/);
});

it('a file that is larger than the policy allows is not downloaded', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-length': 3 * 1024 ** 3 }).flushHeaders();
  const { failure } = await download(address('/large.mp4'));
  assert.equal(failure?.code, 'VIDEO_FILESIZE_TOO_LARGE');
  assert.match(failure.actual ?? '', /3221225472/);
});

it('private addresses are refused unless they are allowed', async () => {
  answer = () => assert.fail('the server was reached');
  await using other = await createTestApp({ workers: true });
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '0x7f.1', '[::ffff:127.0.0.1]']) {
    const { failure } = await download(`http://${host}:${new URL(address('/')).port}/`, other.app);
    assert.equal(failure?.code, 'DOWNLOAD_FAILED', host);
    assert.match(failure.message, /private address/, host);
  }
});
