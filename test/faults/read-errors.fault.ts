import assert from 'node:assert/strict';
import { mkdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createStorage } from '../../src/storage/storage.ts';
import { makeClip } from '../helpers/clips.ts';
import { type PostgresCluster, startCluster } from '../helpers/postgres-cluster.ts';
import { assertAtRest } from './at-rest.ts';
import { makeFailingDisk } from './failing-disk.ts';
import { report } from './report.ts';
import { createSite } from './site.ts';
import { createTasksApi } from './tasks-api.ts';
import { retryUntilEnded, untilEnded } from './tasks-over.ts';
import { createVideoFiles } from './video-files.ts';

let cluster: PostgresCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.remove());

it('an asset cannot be read: its task fails as the service’s own fault, and is done once it can', async () => {
  const nextFile = await createVideoFiles(await makeClip({ seconds: 16, width: 640, height: 360 }));
  await using site = await createSite({}, cluster);
  await using disks = new AsyncDisposableStack();
  const storage = await createStorage({ folder: site.folder });
  // Nobody works until the assets are as they are to be.
  const server = await site.start({ ROLE: 'api' });
  const api = createTasksApi(server.url);
  const indexId = await api.createIndex('read errors');
  /** What happens to an asset. The kernel's own read error needs root and loop devices. */
  const damages: [string, (path: string) => Promise<unknown>][] = [
    ['gone', (path) => rm(path)],
    ['a folder', (path) => rm(path).then(() => mkdir(path))],
    ['cut off', (path) => truncate(path, 1000)],
  ];
  const unreadable = nextFile();
  const source = join(site.folder, 'unreadable');
  await writeFile(source, unreadable.bytes);
  const disk = await makeFailingDisk(join(site.folder, 'disk'), source).catch(() => undefined);
  if (disk) {
    disks.use(disk);
    damages.push(['EIO', (path) => rm(path).then(() => symlink(disk.file, path))]);
  }
  const damaged = await Promise.all(
    damages.map(async ([name, damage]) => {
      const file = name === 'EIO' ? unreadable : nextFile();
      const { id } = await api.create(file, name, indexId);
      const path = storage.assetPath(file.sha256);
      await damage(path);
      return { name, id, path, file };
    }),
  );
  const worker = await site.start({ ROLE: 'worker', WORKER_CONCURRENCY: '8' });
  const ended = Promise.all(damaged.map(({ id }) => untilEnded(server.url, id)));
  // The others do not notice.
  const { id: sound } = await api.create(nextFile(), 'sound', indexId);
  assert.equal((await untilEnded(server.url, sound)).status, 'READY');
  for (const [n, { status, failure }] of (await ended).entries()) {
    assert.deepEqual([status, failure?.code], ['FAILED', 'INTERNAL'], damaged[n]?.name);
    assert.match(failure?.message ?? '', /^The stored file of the video could not be read/, damaged[n]?.name);
  }
  for (const { path, file } of damaged) {
    assert.equal(await storage.hasProxy(file.sha256), false);
    await rm(path, { recursive: true, force: true });
    const received = await storage.receiveAsset(new Blob([file.bytes]).stream());
    await received.commit();
    assert.equal((await stat(path)).size, file.bytes.length);
  }
  for (const { status, attempt } of await Promise.all(damaged.map(({ id }) => retryUntilEnded(server.url, id))))
    assert.deepEqual([status, attempt], ['READY', 2]);
  for (const { end } of [worker, server]) assert.equal(await end('SIGTERM'), 0);
  await disks.disposeAsync();
  const database = await site.openDatabase();
  try {
    await assertAtRest(site, database);
  } finally {
    await database.close();
  }
  await report({
    fault: `read error on the asset (${damages.map(([name]) => name).join(', ')})`,
    required: 'typed failure, nothing partial kept, service goes on',
    measured: `${damaged.length} of ${damaged.length} FAILED/INTERNAL with the reason, no proxy kept; another task READY meanwhile; all READY when tried again with their bytes${disk ? '' : '; no EIO, which needs root and loop devices'}`,
  });
});
