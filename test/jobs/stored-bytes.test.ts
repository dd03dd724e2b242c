import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, it } from 'node:test';
import { measureStorage } from '../../src/domain/stored-bytes.ts';
import { cancelTask } from '../../src/domain/tasks.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { waitForEmbedding } from '../helpers/embedding-tasks.ts';
import { anAsset, createLimited, createLimitedEmbedding } from '../helpers/limits.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, TENANT, waitForEnd } from '../helpers/uploads.ts';

const MOST = 1_000_000;
const USED = 600_000;

let test: TestApp;
let indexId: string;
let answer: RequestListener = () => {};
const remote = createServer((request, response) => answer(request, response));

before(async () => {
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  const env = { FETCH_ALLOW_ADDRESSES: ['127.0.0.1'], WORKER_CONCURRENCY: 2 };
  test = await createTestApp({ workers: true, env });
  const index = await createVideoIndex(test.app);
  indexId = index.id;
  // Nobody is to look for bytes that are not there; a canceled task keeps them.
  const { id } = await createLimited(test.app, index, anAsset(USED), {});
  await test.app.db.transaction((tx) => cancelTask(tx, TENANT, id));
});
beforeEach(() => {
  test.app.env = { ...test.app.env, MAX_STORED_BYTES: MOST };
});
after(async () => {
  remote.closeAllConnections();
  remote.close();
  await test[Symbol.asyncDispose]();
});

const url = () => `http://127.0.0.1:${(remote.address() as AddressInfo).port}/a.mp4`;

/** What both kinds of tasks fail with. */
async function download() {
  const task = await createLimited(test.app, { tenant: TENANT, id: indexId }, url(), {});
  const embedding = await createLimitedEmbedding(test.app, TENANT, url(), {});
  return [await waitForEnd(test.app, task.id), await waitForEmbedding(test.app, embedding.id)].map(
    ({ failure }) => failure,
  );
}

it('a file that is too large for what is left is not downloaded', async () => {
  let sent = 0;
  answer = (_, response) => {
    sent += 1;
    response.writeHead(200, { 'content-length': 400_001 }).flushHeaders();
  };
  for (const failure of await download())
    assert.deepEqual(failure, {
      code: 'VIDEO_FILESIZE_TOO_LARGE',
      message:
        'The file is too large for what may still be stored: it has 400001 bytes; allowed are at most 400000 bytes, as 600000 of 1000000 are in use.',
      actual: '400001 bytes',
      allowed: 'at most 400000 bytes',
    });
  assert.equal(sent, 2, 'it is no reason to try again');
});

it('one of which nobody says the length is cut off where the room ends', async () => {
  answer = (_, response) => void response.write(Buffer.alloc(400_001));
  for (const failure of await download()) {
    assert.deepEqual([failure?.code, failure?.actual], ['VIDEO_FILESIZE_TOO_LARGE', 'more than 400000 bytes']);
    assert.equal(failure?.allowed, 'at most 400000 bytes');
  }
  assert.deepEqual(await readdir(join(test.app.env.DATA_DIR, 'tmp')), []);
});

it('of two that arrive at once, and fit one at a time, one is kept', async () => {
  const responses: ServerResponse[] = [];
  answer = (_, response) => {
    response.write(randomBytes(300_000));
    responses.push(response);
  };
  const both = await Promise.all([1, 2].map(() => createLimited(test.app, { tenant: TENANT, id: indexId }, url(), {})));
  await until(() => responses.length === 2);
  for (const response of responses) response.end();
  const failures = await Promise.all(both.map(async ({ id }) => (await waitForEnd(test.app, id)).failure));
  // What was kept was checked, and is no video.
  assert.deepEqual(failures.map((failure) => failure?.code).sort(), ['BROKEN_VIDEO_FILE', 'VIDEO_FILESIZE_TOO_LARGE']);
  const tooLarge = failures.find((failure) => failure?.code === 'VIDEO_FILESIZE_TOO_LARGE');
  assert.deepEqual([tooLarge?.actual, tooLarge?.allowed], ['300000 bytes', 'at most 100000 bytes']);
  assert.equal((await measureStorage(test.app.db, TENANT, MOST)).used, 900_000);
  assert.deepEqual(await readdir(join(test.app.env.DATA_DIR, 'tmp')), []);
});
