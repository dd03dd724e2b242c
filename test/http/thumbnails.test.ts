import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { hashKey } from '../../src/domain/keys.ts';
import { thumbnailUrl } from '../../src/graphql/thumbnail-url.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addKey, endKey } from '../helpers/keys.ts';
import { addIndex, addVideo, globalId } from '../helpers/tasks.ts';

let test: TestApp;
let server: HttpServer;
let video: { id: string; asset: string; thumbnail: string | null };
before(async () => {
  test = await createTestApp();
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  ({ video } = await addVideo(test.app, (await addIndex(test.app)).id));
  for (const name of [video.thumbnail ?? '', 'frames/other.jpg']) {
    const file = join(test.app.storage.proxyFolder(video.asset), name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'a picture');
  }
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

async function addressFor(key?: string): Promise<string> {
  const query = `{ video(id: "${globalId('Video', video)}") { thumbnailUrl } }`;
  const headers = { 'content-type': 'application/json', ...(key && { 'x-api-key': key }) };
  const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await answer.json()).data.video.thumbnailUrl;
}

async function statusOf(address: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(address, { headers });
  const body = await answer.text();
  if (answer.status === 200) assert.equal(body, 'a picture');
  else assert.equal(answer.headers.get('cache-control'), 'no-store');
  return answer.status;
}

it('a picture needs neither key nor signature where nothing does, and one of them from then on', async () => {
  const address = await addressFor();
  assert.doesNotMatch(address, /\?/);
  assert.equal(await statusOf(address), 200);
  const { key } = await addKey(test.app);
  assert.equal(await statusOf(address), 401);
  assert.equal(await statusOf(address, { 'x-api-key': key }), 200);
  assert.equal(await statusOf(address, { authorization: `Bearer ${key}` }), 200);
});

it('an address that was asked for with a key is signed for one picture, stays the same, and ends with the key', async () => {
  const { key, id } = await addKey(test.app, { role: 'read' });
  const address = await addressFor(key);
  assert.match(address, new RegExp(`000%201\\.jpg\\?key=${id}&signature=[\\w-]{43}$`));
  assert.ok(!address.includes(key) && !address.includes(hashKey(key)));
  assert.equal(await statusOf(address), 200);
  assert.equal(await addressFor(key), address);
  const altered = [
    address.replace('000%201', 'other'),
    `${address}A`,
    address.replace(/signature=.*/, 'signature='),
    address.replace(/key=[^&]+/, `key=${(await addKey(test.app)).id}`),
    address.replace(/key=[^&]+/, 'key=x'),
  ];
  for (const wrong of altered) assert.equal(await statusOf(wrong), 401, wrong);
  await endKey(test.app, id);
  assert.equal(await statusOf(address), 401);
});

it("another tenant's picture is not there, whichever way it is asked for", async () => {
  const { key, id } = await addKey(test.app, { tenant: 'stranger' });
  const plain = thumbnailUrl({ origin: server.url, linkKey: null }, video.id, video.thumbnail) ?? '';
  const linkKey = { id, sha256: hashKey(key) };
  const signed = thumbnailUrl({ origin: server.url, linkKey }, video.id, video.thumbnail) ?? '';
  assert.equal(await statusOf(plain, { 'x-api-key': key }), 404);
  assert.equal(await statusOf(signed), 404);
  assert.equal(
    await statusOf(plain.replace(video.id, '01a00000-0000-7000-8000-000000000000'), { 'x-api-key': key }),
    404,
  );
});
