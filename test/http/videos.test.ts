import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { hashKey } from '../../src/domain/keys.ts';
import { videoUrl } from '../../src/graphql/video-url.ts';
import { readRange } from '../../src/http/byte-range.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addKey, endKey } from '../helpers/keys.ts';
import { addIndex, addVideo, globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';

/** More than a socket holds, so that a reader who stops holds up the file. */
const LARGE = 24 * 1024 ** 2;
const MP4 = Buffer.from('\0\0\0\x18ftypisom');
const FILENAME = "Übung 'eins' (a).mp4";

let test: TestApp;
let server: HttpServer;
let small: { id: string; asset: string; bytes: Buffer };
let large: { id: string; asset: string };
before(async () => {
  test = await createTestApp();
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  small = await addFile(Buffer.concat([MP4, Buffer.from('0123456789')]));
  large = await addFile(Buffer.concat([MP4], LARGE));
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

async function addFile(bytes: Buffer) {
  const { app } = test;
  const metadata = { size: bytes.length };
  const { video } = await addVideo(app, (await addIndex(app)).id, { filename: FILENAME, metadata });
  const path = app.storage.assetPath(video.asset);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return { id: video.id, asset: video.asset, bytes };
}

async function addressFor(video: { id: string }, key?: string): Promise<string> {
  const query = `{ video(id: "${globalId('Video', video)}") { url } }`;
  const headers = { 'content-type': 'application/json', ...(key && { 'x-api-key': key }) };
  const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await answer.json()).data.video.url;
}

describe('a Range header', () => {
  const cases: [header: string | null, range: ReturnType<typeof readRange>][] = [
    [null, undefined],
    ['bytes=0-3', { start: 0, end: 3 }],
    ['bytes=4-', { start: 4, end: 9 }],
    ['bytes=4-99', { start: 4, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['Bytes=9-9', { start: 9, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    // Not to be heeded: wrong, another unit, several parts.
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['lines=0-3', undefined],
    ['bytes=0-1,4-5', undefined],
  ];
  for (const [header, range] of cases)
    it(`${header} of ten bytes`, () => {
      assert.deepEqual(readRange(header, 10), range);
    });
});

describe('the file of a video', () => {
  it('is given whole, as what its bytes are and under its own name, and can be no page', async () => {
    const answer = await fetch(await addressFor(small));
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), small.bytes);
    const { headers } = answer;
    assert.equal(headers.get('content-type'), 'video/mp4');
    assert.equal(headers.get('content-length'), String(small.bytes.length));
    assert.equal(headers.get('accept-ranges'), 'bytes');
    assert.equal(headers.get('etag'), `"${small.asset}"`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('content-security-policy'), 'sandbox');
    const name = /^inline; filename\*=UTF-8''([\w%.-]+)$/.exec(headers.get('content-disposition') ?? '')?.[1];
    assert.equal(decodeURIComponent(name ?? ''), FILENAME);
  });

  it('is given in part', async () => {
    const answer = await fetch(await addressFor(small), { headers: { range: 'bytes=-4' } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get('content-range'), 'bytes 18-21/22');
    assert.equal(answer.headers.get('content-length'), '4');
    assert.equal(await answer.text(), '6789');
  });

  it('is given whole where the part is of another version', async () => {
    const address = await addressFor(small);
    const statusOf = async (condition: string) => {
      const answer = await fetch(address, { headers: { range: 'bytes=0-3', 'if-range': condition } });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await statusOf(`"${small.asset}"`), 206);
    for (const other of ['"other"', `W/"${small.asset}"`, 'Thu, 01 Jan 2026 00:00:00 GMT'])
      assert.equal(await statusOf(other), 200);
  });

  it('has no part behind its end', async () => {
    const answer = await fetch(await addressFor(small), { headers: { range: 'bytes=22-' } });
    assert.equal(answer.status, 416);
    assert.equal(answer.headers.get('content-range'), 'bytes */22');
    assert.equal(await answer.text(), '');
  });

  it('is told of without its bytes', async () => {
    // Only GET has parts: RFC 9110, section 14.2.
    const answer = await fetch(await addressFor(small), { method: 'HEAD', headers: { range: 'bytes=0-3' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-length'), String(small.bytes.length));
    assert.equal(await answer.text(), '');
  });

  it('is not sent again to whoever has it, nor where another version is wanted', async () => {
    const address = await addressFor(small);
    const statusOf = async (name: string, tags: string) => {
      const answer = await fetch(address, { headers: { [name]: tags } });
      await answer.arrayBuffer();
      return answer.status;
    };
    const etag = `"${small.asset}"`;
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
      assert.equal(await statusOf('if-none-match', tags), 304, tags);
    assert.equal(await statusOf('if-none-match', '"other"'), 200);
    for (const tags of [etag, '*']) assert.equal(await statusOf('if-match', tags), 200, tags);
    for (const tags of ['"other"', `W/${etag}`]) assert.equal(await statusOf('if-match', tags), 412, tags);
  });

  it('that cannot be read on has its answer cut off, and the server lives', async (t) => {
    const { asset, id } = await addFile(Buffer.concat([MP4, Buffer.alloc(100)]));
    const address = await addressFor({ id });
    const { mediaType } = test.app.media;
    t.mock.method(test.app.media, 'mediaType', async (path: string) => {
      const type = await mediaType(path);
      // A folder is opened as a file is, and cannot be read.
      await rm(path);
      await mkdir(path);
      return type;
    });
    await assert.rejects(fetch(address).then((answer) => answer.arrayBuffer()));
    await rm(test.app.storage.assetPath(asset), { recursive: true });
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });

  it('is read no further than it is taken, and closed when the client goes', async () => {
    const asked = request(await addressFor(large)).end();
    const [answer] = await once(asked, 'response');
    await once(answer, 'readable');
    // Time enough to read it all, if nothing held that up.
    await wait(500);
    assert.ok(await isOpen(large.asset));
    asked.destroy();
    await until(async () => !(await isOpen(large.asset)));
  });

  it('is a fault of the server where it is not there', async () => {
    const { video } = await addVideo(test.app, (await addIndex(test.app)).id);
    const answer = await fetch(await addressFor(video));
    assert.equal(answer.status, 500);
    assert.deepEqual(await answer.json(), { message: 'Unexpected error.' });
  });
});

/** Whether this process has the file open. */
async function isOpen(name: string): Promise<boolean> {
  const open = await readdir('/proc/self/fd');
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.some((target) => target.endsWith(name));
}

describe('where keys are needed', () => {
  const statusOf = async (address: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(address, { headers });
    await answer.arrayBuffer();
    if (answer.status !== 200) assert.equal(answer.headers.get('cache-control'), 'no-store');
    return answer.status;
  };

  it('an address needs one, or a signature: good for one video, and as long as its key', async () => {
    const address = await addressFor(small);
    const { key, id } = await addKey(test.app, { role: 'read' });
    assert.equal(await statusOf(address), 401);
    assert.equal(await statusOf(address, { 'x-api-key': key }), 200);
    const signed = await addressFor(small, key);
    assert.match(signed, new RegExp(`/videos/${small.id}\\?key=${id}&signature=[\\w-]{43}$`));
    assert.equal(await statusOf(signed), 200);
    for (const wrong of [signed.replace(small.id, large.id), `${signed}A`, signed.replace(/key=[^&]+/, 'key=x')])
      assert.equal(await statusOf(wrong), 401, wrong);
    await endKey(test.app, id);
    assert.equal(await statusOf(signed), 401);
  });

  it('what is being sent ends with the key', async () => {
    const { key, id } = await addKey(test.app);
    const asked = request(await addressFor(large, key)).end();
    const [answer] = await once(asked, 'response');
    const cut = once(answer, 'error');
    await endKey(test.app, id);
    answer.resume();
    assert.equal((await cut)[0].code, 'ECONNRESET');
  });

  it("another tenant's video is not there, whichever way it is asked for", async () => {
    const { key, id } = await addKey(test.app, { tenant: 'stranger' });
    const plain = videoUrl({ origin: server.url, linkKey: null }, small.id);
    assert.equal(await statusOf(plain, { 'x-api-key': key }), 404);
    assert.equal(
      await statusOf(videoUrl({ origin: server.url, linkKey: { id, sha256: hashKey(key) } }, small.id)),
      404,
    );
    const nowhere = plain.replace(small.id, '01a00000-0000-7000-8000-000000000000');
    assert.equal(await statusOf(nowhere, { 'x-api-key': key }), 404);
  });
});

it('the container is told by the bytes', async () => {
  const kinds: [head: string, type: string][] = [
    ['\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm', 'video/webm'],
    ['\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska', 'video/matroska'],
    ['RIFF\0\0\0\0AVI ', 'video/x-msvideo'],
    ['OggS', 'video/ogg'],
  ];
  for (const [head, type] of kinds) {
    const { asset } = await addFile(Buffer.from(head, 'latin1'));
    assert.equal(await test.app.media.mediaType(test.app.storage.assetPath(asset)), type);
  }
  const { asset } = await addFile(Buffer.from('<html>'));
  const path = test.app.storage.assetPath(asset);
  assert.equal(await readFile(path, 'utf8'), '<html>');
  await assert.rejects(test.app.media.mediaType(path), { name: 'UnreadableMediaError' });
});
