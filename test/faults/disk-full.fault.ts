import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { until } from '../helpers/until.ts';
import { assertAtRest } from './at-rest.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { createTasksApi } from './tasks-api.ts';
import { retryUntilEnded, untilEnded } from './tasks-over.ts';
import { createVideoFiles, type VideoFile } from './video-files.ts';

const DISK = 64_000_000;
/** Bytes that are left on the full disk: a small video with all that is made of it fits in, and nothing else. */
const LEFT = 600_000;
const UPLOADS = 8;
/** More than any disk has: where none can be mounted, all of it counts as the reserve. */
const ALL_RESERVED = { MIN_FREE_DISK: String(Number.MAX_SAFE_INTEGER) };

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

/** Serves one file without saying how large it is. */
async function serveUnsized({ bytes }: VideoFile) {
  const server = createServer((_, response) => {
    response.write(bytes.subarray(0, bytes.length / 2));
    response.end(bytes.subarray(bytes.length / 2));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/unsized.mp4`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

it('the disk of the assets is full: uploads, downloads and decodes fail by name, and go on when there is room', async () => {
  const small = await createVideoFiles(await makeClip({ seconds: 2, width: 160, height: 90, audio: false }));
  // Of these the proxy is larger than what is left.
  const long = await createVideoFiles(await makeClip({ seconds: 60, width: 640, height: 360, scenes: 3 }));
  await using site = await createSite({}, cluster);
  await using disposed = new AsyncDisposableStack();
  const disk: SmallDisk | undefined = await mountSmallDisk(site.folder, DISK).catch(() => undefined);
  if (disk) disposed.use(disk);
  const remote = disposed.use(await serveUnsized(long()));
  const whole = { MIN_FREE_DISK: '0' };
  const start = async (reserve: Record<string, string>) => {
    const server = await site.start({ ROLE: 'api', ...reserve });
    return { server, api: createTasksApi(server.url), startWorker: () => site.start({ ROLE: 'worker', ...reserve }) };
  };
  let { server, api, startWorker } = await start(whole);
  const indexId = await api.createIndex('full');
  const decoded = await api.create(long(), 'decode', indexId);
  if (disk) await disk.leave(LEFT);
  else {
    assert.equal(await server.end('SIGTERM'), 0);
    ({ server, api, startWorker } = await start(ALL_RESERVED));
  }
  const worker = await startWorker();
  const downloaded = await api.create({ url: remote.url }, 'download', indexId);
  // By URL: a failed embedding task keeps nothing, and the room of one that was uploaded would do for the others.
  const embedded = await api.create({ url: remote.url }, 'download');
  const failing = Promise.all([decoded, downloaded].map(({ id }) => untilEnded(server.url, id)));
  // While these are tried again, others ask for room.
  const refused = await Promise.all(Array.from({ length: UPLOADS }, () => api.create(long(), 'upload', indexId)));
  for (const { __typename, code, message } of refused)
    assert.deepEqual(
      [__typename, code, message],
      ['LimitExceededError', 'LIMIT_EXCEEDED', "The server's disk has no room for the file."],
    );
  const followed = await failing;
  await until(async () => (await api.countOpen()) === 0);
  for (const { status, failure } of [...followed, await api.embeddingTask(embedded.id)]) {
    assert.deepEqual([status, failure?.code], ['FAILED', 'INTERNAL']);
    assert.match(failure?.message ?? '', /^The service's disk had no room/);
  }
  // With them gone there is as much room as was left, and a small one fits in.
  const fitting = disk ? await api.create(small(), 'small', indexId) : undefined;
  if (fitting) assert.equal((await untilEnded(server.url, fitting.id)).status, 'READY');
  assert.deepEqual(await readdir(join(site.folder, 'tmp')), []);
  for (const child of [server, worker]) assert.equal(child.child.exitCode, null);
  // Room again.
  assert.equal(await worker.end('SIGTERM'), 0);
  if (disk) await disk.leave(undefined);
  else {
    assert.equal(await server.end('SIGTERM'), 0);
    ({ server, api, startWorker } = await start(whole));
  }
  const another = await startWorker();
  const again = [decoded, downloaded].map(({ id }) => retryUntilEnded(server.url, id));
  for (const { status, attempt } of await Promise.all(again)) assert.deepEqual([status, attempt], ['READY', 2]);
  const late = await api.create(long(), 'upload', indexId);
  assert.equal((await untilEnded(server.url, late.id)).status, 'READY');
  for (const { end } of [another, server]) assert.equal(await end('SIGTERM'), 0);
  const database = await site.openDatabase();
  try {
    await assertAtRest(site, database);
  } finally {
    await database.close();
  }
  await rm(join(site.folder, 'ballast'), { force: true });
  await report({
    fault: 'disk full (upload, download, decode and its pictures; the database is on another disk)',
    required: 'typed failure, nothing partial kept, service goes on',
    measured: `${disk ? `ENOSPC on a disk of ${DISK / 1e6} MB` : 'by MIN_FREE_DISK, as no disk could be mounted'}: ${UPLOADS} uploads LIMIT_EXCEEDED, decode and downloads FAILED/INTERNAL with the reason, nothing left of them${disk ? ', a small video READY on the full disk' : ''}; all READY with room again`,
  });
});
