import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex } from '../helpers/uploads.ts';

const BOUNDARY = 'reelgraph-test';
const CREATE = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) { __typename ... on Error { message } ... on LimitExceededError { limit retryAfter } }
}`;

let test: TestApp;
let server: HttpServer;
let indexId: string;
before(async () => {
  test = await createTestApp({ env: { MAX_UPLOADS_IN_FLIGHT: 1, MAX_STORED_BYTES: 5_000_000 } });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  indexId = globalId('Index', await createVideoIndex(test.app));
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const temporary = () => readdir(join(test.app.env.DATA_DIR, 'tmp'));
const arriving = (files: number) => until(async () => (await temporary()).length === files);
const END = `\r\n--${BOUNDARY}--\r\n`;

/** The beginning of an upload up to the bytes of its file. @param length Content-Length; in chunks without one */
function begin(length?: number) {
  const part = (name: string, value: unknown) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`;
  const upload = request(`${server.url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'graphql-require-preflight': '1',
      ...(length && { 'content-length': length }),
    },
  });
  upload.on('error', () => {});
  upload.write(part('operations', { query: CREATE, variables: { input: { indexId, videoFile: null } } }));
  upload.write(part('map', { 0: ['variables.input.videoFile'] }));
  upload.write(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="zeros.mp4"\r\n\r\n`);
  return upload;
}

async function answerTo(upload: ReturnType<typeof begin>) {
  const [response] = (await once(upload, 'response')) as [IncomingMessage];
  const { data } = (await json(response)) as { data: { createTask: Record<string, unknown> } };
  return data.createTask;
}

it('one upload too many is refused and not stored; a client that goes away makes room', async () => {
  const first = begin();
  first.write(Buffer.alloc(100_000));
  await arriving(1);
  const second = begin();
  second.end(`${'x'.repeat(100_000)}${END}`);
  const { __typename, limit, retryAfter } = await answerTo(second);
  assert.deepEqual({ __typename, limit }, { __typename: 'LimitExceededError', limit: '1 uploads at a time' });
  assert.ok(Number(retryAfter) >= 1);
  assert.equal((await temporary()).length, 1);
  first.destroy();
  await arriving(0);
  const third = begin();
  third.end(`${'x'.repeat(100_000)}${END}`);
  assert.equal((await answerTo(third)).__typename, 'Task');
});

it('a file that is too large by its Content-Length is refused before it comes', async () => {
  const upload = begin(3_000_000_000);
  const { message, retryAfter } = await answerTo(upload);
  assert.match(String(message), /^100000 bytes are stored, and at least 2999703392 were to be added; at most 5000000/);
  assert.equal(retryAfter, null);
  upload.destroy();
});

it('a file of which nobody knows the length is cut off where the room ends', async () => {
  const upload = begin();
  upload.write(Buffer.alloc(4_900_000));
  await arriving(1);
  upload.write(Buffer.alloc(1));
  const { message } = await answerTo(upload);
  assert.match(String(message), /^100000 bytes are stored, and more than 4900000 were to be added/);
  assert.deepEqual(await temporary(), []);
  upload.destroy();
});
