import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StaleTaskError } from '../../src/domain/advance-task.ts';
import { UNLIMITED } from '../../src/domain/stored-bytes.ts';
import { parseEnv } from '../../src/env.ts';
import { downloadVideo } from '../../src/jobs/download-video.ts';
import { TaskFailedError } from '../../src/jobs/task-job.ts';
import { createRemoteFiles } from '../../src/storage/remote-files.ts';
import { createStorage, type ReceivedAsset } from '../../src/storage/storage.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { cutAfter, sendVersion, startRemoteServer } from '../helpers/remote-server.ts';
import { until } from '../helpers/until.ts';

const CHECKPOINT = 50_000;
const content = randomBytes(1_000_000);
const video = { content, tag: '"one"' };

async function setUp(t: TestContext, answer: RequestListener) {
  const folder = await mkdtemp(join(tmpdir(), 'downloads-'));
  const server = await startRemoteServer(answer);
  t.after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const storage = await createStorage({ folder, checkpoint: CHECKPOINT });
  const limits = { minRate: 1, pace: 5_000, pauses: [1, 2, 3] };
  const remote = createRemoteFiles({ allow: ['127.0.0.1'], ports: [], limits });
  const reports: number[] = [];
  const download = (options: { signal?: AbortSignal; maxFileSize?: number; env?: NodeJS.ProcessEnv } = {}) => {
    const { signal = new AbortController().signal, maxFileSize = 10_000_000, env = {} } = options;
    const work = { signal, report: (fraction: number) => reports.push(fraction) };
    const app = { env: parseEnv(env), storage, remote, telemetry: createTelemetry() };
    return downloadVideo(app, { url: server.url('/video'), stored: UNLIMITED, maxFileSize, key: 'task-1' }, work);
  };
  const temporary = async () => (await readdir(join(folder, 'tmp'))).map((name) => join(folder, 'tmp', name));
  return { server, storage, download, reports, temporary };
}

/** Commits what has come, and checks that it is the content to the last byte. */
async function checkWhole(storage: { assetPath(sha256: string): string }, asset: ReceivedAsset, whole = content) {
  await asset.commit();
  assert.equal(asset.size, whole.byteLength);
  assert.equal(asset.sha256, createHash('sha256').update(whole).digest('hex'));
  assert.ok((await readFile(storage.assetPath(asset.sha256))).equals(whole));
}

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => assert.fail('it came'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TaskFailedError, String(error));
  return error.failure;
}

test('a download that is cut again and again goes on from where it was', async (t) => {
  const { server, storage, download, reports, temporary } = await setUp(t, (request, response) =>
    sendVersion(request, response, video, 150_000),
  );
  await checkWhole(storage, await download());
  const starts = server.asked.map((line) => Number(/bytes=(\d+)/.exec(line)?.[1] ?? 0));
  assert.equal(starts.length, 7, String(starts));
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  );
  assert.ok(server.asked.slice(1).every((line) => line.endsWith('"one"')));
  assert.equal(reports.at(-1), 1);
  assert.deepEqual(
    reports,
    reports.toSorted((a, b) => a - b),
  );
  assert.deepEqual(await temporary(), []);
});

test('a server without ranges, or without a tag, is asked for the whole again', async (t) => {
  for (const headers of [{ etag: '"one"' }, {}]) {
    const { server, storage, download, temporary } = await setUp(t, (_, response) => {
      response.writeHead(200, { ...headers, 'content-length': content.byteLength });
      if (server.asked.length === 1) cutAfter(response, content.subarray(0, 300_000));
      else response.end(content);
    });
    await checkWhole(storage, await download());
    assert.match(server.asked.at(-1) ?? '', /^\/video - -$/);
    assert.deepEqual(await temporary(), []);
  }
});

test('a file that changes meanwhile is never mixed', async (t) => {
  const other = { content: randomBytes(1_000_000), tag: '"two"' };
  // One server keeps to If-Range, the other sends parts of whatever it has now, and a third one does not say of what.
  const kinds: Record<string, RequestListener> = {
    'by the book': (request, response) => sendVersion(request, response, other),
    careless: ({ headers: { range = '' } }, response) => {
      const start = Number(/\d+/.exec(range)?.[0] ?? 0);
      response.setHeader('content-range', `bytes ${start}-999999/1000000`);
      response.writeHead(range ? 206 : 200, { etag: '"two"' }).end(other.content.subarray(start));
    },
    taciturn: ({ headers: { range = '' } }, response) => {
      const start = Number(/\d+/.exec(range)?.[0] ?? 0);
      response.setHeader('content-range', `bytes ${start}-999999/1000000`);
      response.writeHead(range ? 206 : 200).end(other.content.subarray(start));
    },
  };
  for (const [kind, answer] of Object.entries(kinds)) {
    const { server, storage, download, temporary } = await setUp(t, (request, response) => {
      if (server.asked.length === 1) sendVersion(request, response, video, 400_000);
      else answer(request, response);
    });
    await checkWhole(storage, await download(), other.content);
    assert.equal(server.asked.length, 3, kind);
    assert.deepEqual(await temporary(), []);
  }
});

test('a server that sends the rest in small parts is asked for all of them', async (t) => {
  const { storage, download } = await setUp(t, ({ headers: { range = '' } }, response) => {
    const start = Number(/\d+/.exec(range)?.[0] ?? 0);
    if (!range) return void sendVersion({ headers: {} }, response, video, 300_000);
    const end = Math.min(start + 250_000, content.byteLength);
    response.setHeader('content-range', `bytes ${start}-${end - 1}/${content.byteLength}`);
    response.writeHead(206, { etag: '"one"' }).end(content.subarray(start, end));
  });
  await checkWhole(storage, await download());
});

test('a server that sends more than it said is not believed', async (t) => {
  const { server, storage, download } = await setUp(t, ({ headers: { range = '' } }, response) => {
    if (server.asked.length !== 2)
      return void sendVersion({ headers: {} }, response, video, range ? 0 : limitOf(server));
    const start = Number(/\d+/.exec(range)?.[0] ?? 0);
    response.setHeader('content-range', `bytes ${start}-999999/1000000`);
    response.writeHead(206, { etag: '"one"' }).end(Buffer.concat([content.subarray(start), Buffer.from('more')]));
  });
  await checkWhole(storage, await download());
  assert.equal(server.asked.length, 3);
});

function limitOf({ asked }: { asked: string[] }): number {
  return asked.length === 1 ? 400_000 : content.byteLength;
}

test('patience ends after some tries that bring nothing new, and each that does renews it', async (t) => {
  const { server, download, temporary } = await setUp(t, (request, response) => {
    if (server.asked.length <= 6) sendVersion(request, response, video, 100_000);
    else if (server.asked.length === 7) response.writeHead(503).end();
    else sendVersion(request, response, video, 0);
  });
  const { code, message } = await failure(download());
  assert.equal(code, 'DOWNLOAD_FAILED');
  assert.equal(message, 'The video could not be downloaded: the connection was cut before the whole file had come.');
  // After the sixth, which was cut like those before it, as many as there are pauses.
  assert.equal(server.asked.length, 9);
  assert.deepEqual(await temporary(), []);
});

test('a fault that will not pass ends a download that had come far', async (t) => {
  const { server, download, temporary } = await setUp(t, (request, response) => {
    if (server.asked.length === 1) sendVersion(request, response, video, 300_000);
    else response.writeHead(403).end();
  });
  assert.match((await failure(download())).message, /answered with status 403\.$/);
  assert.equal(server.asked.length, 2);
  assert.deepEqual(await temporary(), []);
});

test('a size over the limit ends it, told or not; and so does time', async (t) => {
  const told = await setUp(t, (request, response) => sendVersion(request, response, video));
  assert.equal((await failure(told.download({ maxFileSize: 999_999 }))).code, 'VIDEO_FILESIZE_TOO_LARGE');
  const untold = await setUp(t, (_, response) => {
    response.writeHead(200, { etag: '"one"' }).write(content);
  });
  assert.equal((await failure(untold.download({ maxFileSize: 999_999 }))).code, 'VIDEO_FILESIZE_TOO_LARGE');
  const endless = await setUp(t, (request, response) => {
    sendVersion(request, response, video, 200_000);
  });
  endless.server.answer = (_, response) => void response.writeHead(200, { etag: '"one"' }).write(content);
  const { code, message } = await failure(endless.download({ env: { FETCH_TIMEOUT: '1' } }));
  assert.deepEqual(
    [code, message],
    ['DOWNLOAD_FAILED', 'The video could not be downloaded: it had not come whole after 1 s.'],
  );
  for (const { temporary } of [told, untold, endless]) assert.deepEqual(await temporary(), []);
});

/** Downloads from a server that falls silent in the middle, until a part is noted; then the signal is aborted. */
async function leaveHalf(t: TestContext, reason: unknown) {
  const stopping = new AbortController();
  const set = await setUp(t, (_, response) => {
    response.writeHead(200, { etag: '"one"', 'content-length': content.byteLength });
    response.write(content.subarray(0, 600_000));
  });
  const going = set.download({ signal: stopping.signal }).catch((error) => error);
  await until(async () => {
    const note = (await set.temporary()).find((path) => path.endsWith('.mark'));
    return note !== undefined && JSON.parse(await readFile(note, 'utf8')).bytes >= 500_000;
  });
  stopping.abort(reason);
  assert.equal(await going, reason);
  set.server.asked.length = 0;
  set.reports.length = 0;
  set.server.answer = (request, response) => sendVersion(request, response, video);
  return set;
}

test('what a worker that stops had got, the next one goes on from', async (t) => {
  const { server, storage, download, reports, temporary } = await leaveHalf(t, new Error('shutdown'));
  assert.equal((await temporary()).length, 2);
  await checkWhole(storage, await download());
  const [asked = '', ...others] = server.asked;
  assert.deepEqual(others, []);
  assert.ok(Number(/^\/video bytes=(\d+)- "one"$/.exec(asked)?.[1]) >= 500_000, asked);
  assert.equal(reports.at(-1), 1);
  assert.deepEqual(await temporary(), []);
});

test('what nobody wants any more is not kept', async (t) => {
  const { temporary } = await leaveHalf(t, new StaleTaskError('canceled'));
  assert.deepEqual(await temporary(), []);
});

test('what is left is proven before it is used: a damaged file, note or end begins anew', async (t) => {
  const isMark = (path: string) => path.endsWith('.mark');
  const damages: Record<string, (paths: string[]) => Promise<void>> = {
    'other bytes': async (paths) => {
      const path = paths.find((each) => !isMark(each)) ?? assert.fail();
      const bytes = await readFile(path);
      bytes[1000] = (bytes[1000] ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
    'too few': async (paths) => truncate(paths.find((each) => !isMark(each)) ?? assert.fail(), 1000),
    'no file': async (paths) => rm(paths.find((each) => !isMark(each)) ?? assert.fail()),
    'no note': async (paths) => rm(paths.find(isMark) ?? assert.fail()),
    'half a note': async (paths) => truncate(paths.find(isMark) ?? assert.fail(), 20),
  };
  for (const [what, damage] of Object.entries(damages)) {
    const { storage, download, temporary } = await leaveHalf(t, new Error('shutdown'));
    await damage(await temporary());
    await checkWhole(storage, await download());
    assert.deepEqual(await temporary(), [], what);
  }
});

test('what a run that is held for dead writes on does no harm', async (t) => {
  const { storage, download, temporary } = await leaveHalf(t, new Error('shutdown'));
  const [path] = (await temporary()).filter((each) => !each.endsWith('.mark'));
  await appendFile(path ?? assert.fail(), randomBytes(200_000));
  await checkWhole(storage, await download());
});

test('a file that has changed since a worker stopped is begun anew', async (t) => {
  const other = { content: randomBytes(700_000), tag: '"two"' };
  const { server, storage, download, temporary } = await leaveHalf(t, new Error('shutdown'));
  server.answer = (request, response) => sendVersion(request, response, other);
  await checkWhole(storage, await download(), other.content);
  assert.deepEqual(await temporary(), []);
});

test('a server that is away for a moment does not cost what had come before', async (t) => {
  const { server, storage, download } = await leaveHalf(t, new Error('shutdown'));
  server.answer = (request, response) => {
    if (server.asked.length === 1) response.writeHead(503).end();
    else sendVersion(request, response, video);
  };
  await checkWhole(storage, await download());
  assert.match(server.asked[1] ?? '', /bytes=\d+-/);
});
