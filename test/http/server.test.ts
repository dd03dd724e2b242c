import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { makeClip } from '../helpers/clips.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, uploadFile, waitForEnd } from '../helpers/uploads.ts';

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp({ workers: true });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const json = { 'content-type': 'application/json' };
const post = (body: BodyInit, headers: Record<string, string>) =>
  fetch(`${server.url}/graphql`, { method: 'POST', body, headers });

it('/health and /ready answer in JSON', async () => {
  const health = await fetch(`${server.url}/health`);
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
  const ready = await fetch(`${server.url}/ready`);
  assert.deepEqual(
    [ready.status, await ready.json()],
    [200, { status: 'ready', database: true, queue: true, model: true }],
  );
});

it('an address that is taken rejects, and nothing else is said of it', async (t) => {
  const said = t.mock.method(console, 'error', () => {});
  const port = Number(new URL(server.url).port);
  await assert.rejects(listen(test.app, { host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  assert.equal(said.mock.callCount(), 0);
});

it('serves GraphiQL without anything from other hosts, and not into a frame of theirs', async () => {
  const answer = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
  assert.equal(answer.headers.get('content-security-policy'), "frame-ancestors 'none'");
  const page = await answer.text();
  assert.match(page, /<title>Reelgraph/);
  assert.doesNotMatch(page, /<(script|link)[^>]+(src|href)="https?:/);
});

describe('uploads', () => {
  const CREATE = `mutation ($input: CreateTaskInput!) {
    createTask(input: $input) { __typename ... on Task { id status } ... on Error { message } ... on LimitExceededError { limit } }
  }`;
  const BOUNDARY = 'reelgraph-test';

  function head(indexId: string): string {
    const part = (name: string, value: unknown) =>
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
    const id = Buffer.from(`Index:${indexId}`).toString('base64');
    return [
      part('operations', { query: CREATE, variables: { input: { indexId: id, videoFile: null } } }),
      part('map', { 0: ['variables.input.videoFile'] }),
      `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="zeros.mp4"\r\n\r\n`,
    ].join('');
  }

  function startUpload() {
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'graphql-require-preflight': '1' };
    return request(`${server.url}/graphql`, { method: 'POST', headers });
  }

  const stored = async () =>
    (await readdir(test.app.env.DATA_DIR, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

  it('stream to the disk: the memory stays flat', async () => {
    const { id } = await createVideoIndex(test.app);
    const chunk = Buffer.alloc(1 << 20);
    const upload = startUpload();
    upload.write(head(id));
    const begin = process.memoryUsage().rss;
    let most = begin;
    for (let n = 0; n < 768; n += 1) {
      if (!upload.write(chunk)) await once(upload, 'drain');
      most = Math.max(most, process.memoryUsage().rss);
    }
    upload.end(`\r\n--${BOUNDARY}--\r\n`);
    const [response] = await once(upload, 'response');
    const { data } = JSON.parse(String(Buffer.concat(await response.toArray())));
    assert.equal(data.createTask.__typename, 'Task', JSON.stringify(data));
    assert.ok(most - begin < 200 * 2 ** 20, `${(most - begin) / 2 ** 20} MiB more than before`);
    const taskId = Buffer.from(data.createTask.id, 'base64').toString().split(':')[1] ?? '';
    const task = await waitForEnd(test.app, taskId);
    assert.equal(task.failure?.code, 'BROKEN_VIDEO_FILE');
  });

  it('leave nothing when they are aborted', async () => {
    const { id } = await createVideoIndex(test.app);
    const files = await stored();
    const upload = startUpload();
    upload.on('error', () => {});
    upload.write(head(id));
    upload.write(Buffer.alloc(5 << 20));
    const temporary = () => readdir(join(test.app.env.DATA_DIR, 'tmp'));
    await until(async () => (await temporary()).length > 0);
    upload.destroy();
    await until(async () => (await temporary()).length === 0);
    assert.deepEqual(await stored(), files);
    const answer = await post(JSON.stringify({ query: '{ tasks { edges { node { filename status } } } }' }), json);
    assert.equal(answer.status, 200);
  });

  it('need a header that other sites cannot send', async () => {
    const form = new FormData();
    form.set('operations', '{}');
    const answer = await post(form, {});
    assert.equal(answer.status, 403);
  });

  for (const [name, fields] of Object.entries({
    'a map before the operations': { map: '{}', operations: '{}' },
    'operations that are no JSON': { operations: '{' },
    'a map that is no object': { operations: '{"query":"{ __typename }"}', map: '[]' },
    'no map': { operations: '{"query":"{ __typename }"}' },
    'a map to nowhere': { operations: '{"query":"{ __typename }"}', map: '{"0":["variables.input.videoFile"]}' },
  }))
    it(`with ${name} are a fault of the request`, async () => {
      const form = new FormData();
      for (const [field, value] of Object.entries(fields)) form.set(field, value);
      const answer = await post(form, { 'graphql-require-preflight': '1' });
      assert.equal(answer.status, 400);
      assert.equal((await (await fetch(`${server.url}/health`)).json()).status, 'ok');
    });
});

describe('a file part that cannot be parsed', () => {
  const BOUNDARY = 'reelgraph-test';
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const query = 'mutation ($f: Upload) { createTask(input: { indexId: "x", videoFile: $f }) { __typename } }';
  const fields =
    field('operations', JSON.stringify({ query, variables: { f: null } })) + field('map', '{"0":["variables.f"]}');
  for (const [name, header] of Object.entries({
    'a control character in its name': 'content-disposition: form-data; name="0"; filename="a\u0001.mp4"',
    'an endless header': `content-disposition: form-data; name="0"; filename="${'x'.repeat(20_000)}"`,
    'a header without a colon': 'content-disposition form-data',
  }))
    it(`for ${name} does not end the process`, async () => {
      const body = `${fields}--${BOUNDARY}\r\n${header}\r\n\r\nbytes\r\n--${BOUNDARY}--\r\n`;
      const type = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'graphql-require-preflight': '1' };
      const answer = await post(body, type);
      assert.ok(answer.status === 200 || answer.status === 400, String(answer.status));
      await answer.text();
      assert.equal((await (await fetch(`${server.url}/health`)).json()).status, 'ok');
    });
});

describe('other requests', () => {
  it('with an address that cannot be read are refused, and no code is shown', async () => {
    for (const options of [{ headers: { host: '???' } }, { path: 'http://[' }]) {
      const sent = request(`${server.url}/graphql`, options).end();
      const [response] = await once(sent, 'response');
      assert.deepEqual([response.statusCode, String(Buffer.concat(await response.toArray()))], [400, '']);
    }
  });

  it('are bounded', async () => {
    const answer = await post(JSON.stringify({ query: `{ __typename } #${'x'.repeat(25_000_000)}` }), json);
    assert.equal(answer.status, 413);
    assert.equal((await answer.json()).errors[0].extensions.code, 'LIMIT_EXCEEDED');
  });

  it('are bounded where they do not say how long they are', async () => {
    const sent = request(`${server.url}/graphql`, { method: 'POST', headers: json, agent: false });
    sent.write(`{ "query": "{ __typename } #${'x'.repeat(25_000_000)}`);
    const [response] = await once(sent, 'response');
    const { errors } = JSON.parse(String(Buffer.concat(await response.toArray())));
    assert.deepEqual([response.statusCode, errors[0].extensions.code], [413, 'LIMIT_EXCEEDED']);
    sent.destroy();
  });

  it('of pages from other sites are not answered readably', async () => {
    const from = async (origin: string) => {
      const answer = await post(JSON.stringify({ query: '{ __typename }' }), { ...json, origin });
      return answer.headers.get('access-control-allow-origin');
    };
    assert.equal(await from('https://example.com'), null);
    assert.equal(await from('http://localhost:5173'), 'http://localhost:5173');
  });

  it('keep the codes of expected errors, and hide the cause of others', async () => {
    const expected = await (await post(JSON.stringify({ query: '{ tasks(first: 500) { totalCount } }' }), json)).json();
    assert.equal(expected.errors[0].extensions.code, 'INVALID_INPUT');
    assert.match(expected.errors[0].message, /500 given; allowed are 0 to 100/);
    const { models } = test.app;
    test.app.models = { ...models, list: () => Promise.reject(new Error('secret')) };
    const answer = await post(JSON.stringify({ query: '{ models { name } }' }), json);
    test.app.models = models;
    const { errors } = await answer.json();
    assert.equal(errors[0].extensions.code, 'INTERNAL_SERVER_ERROR');
    assert.doesNotMatch(JSON.stringify(errors), /secret/);
  });
});

it('serves the thumbnails of its videos and nothing else', async () => {
  const { id } = await createVideoIndex(test.app);
  const task = await waitForEnd(test.app, (await uploadFile(test.app, id, await makeClip())).id);
  assert.equal(task.status, 'READY');
  const query = `{ task(id: "${Buffer.from(`Task:${task.id}`).toString('base64')}") { video { thumbnailUrl segments { edges { node { thumbnailUrl } } } } } }`;
  const { data } = await (await post(JSON.stringify({ query }), json)).json();
  const urls: string[] = [
    data.task.video.thumbnailUrl,
    ...data.task.video.segments.edges.map((edge: { node: { thumbnailUrl: string } }) => edge.node.thumbnailUrl),
  ];
  assert.ok(urls.length > 2);
  for (const url of urls) {
    const picture = await fetch(url);
    assert.equal(picture.headers.get('content-type'), 'image/jpeg');
    assert.deepEqual([...new Uint8Array(await picture.arrayBuffer()).subarray(0, 2)], [0xff, 0xd8]);
  }
  const base = urls[0]?.replace(/frames.*/, '') ?? '';
  for (const path of [
    '..%2f..%2f..%2fproxy.jpg',
    '%2e%2e/%2e%2e/x.jpg',
    '/etc/x.jpg',
    'proxy.json',
    '%00.jpg',
    '%ff.jpg',
  ])
    assert.equal((await fetch(base + path)).status, 404, path);
});
