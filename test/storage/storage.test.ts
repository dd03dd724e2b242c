import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, statfs, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import {
  AssetTooLargeError,
  asDiskFull,
  createStorage,
  DiskFullError,
  type Storage,
} from '../../src/storage/storage.ts';

async function openStorage(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'storage-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { folder, storage: await createStorage({ folder }) };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function save(storage: Storage, source: AsyncIterable<Uint8Array>) {
  const received = await storage.receiveAsset(source);
  await received.commit();
  return { sha256: received.sha256, size: received.size };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('an asset is stored under the hash of its bytes', async (t) => {
  const { storage, folder } = await openStorage(t);
  const saved = await save(storage, chunks('one ', 'two'));
  assert.deepEqual(saved, { sha256: sha256('one two'), size: 7 });
  assert.equal(await readFile(storage.assetPath(saved.sha256), 'utf8'), 'one two');
  assert.equal(storage.assetPath(saved.sha256), join(folder, 'assets', saved.sha256.slice(0, 2), saved.sha256));
  assert.equal(await storage.hasAsset(saved.sha256), true);
  assert.equal(await storage.hasAsset(sha256('other')), false);
});

test('identical content is kept once, also when it comes twice at a time', async (t) => {
  const { storage, folder } = await openStorage(t);
  const saved = await Promise.all([save(storage, chunks('same')), save(storage, chunks('sa', 'me'))]);
  assert.deepEqual(saved[0], saved[1]);
  assert.deepEqual(await filesIn(folder), [storage.assetPath(sha256('same'))]);
});

test('what was received is seen by nobody until it is committed, and leaves nothing when it is discarded', async (t) => {
  const { storage, folder } = await openStorage(t);
  const kept = await storage.receiveAsset(chunks('kept'));
  const dropped = await storage.receiveAsset(chunks('dropped'));
  assert.equal(await storage.hasAsset(kept.sha256), false);
  await kept.commit();
  await kept.discard();
  await dropped.discard();
  assert.deepEqual(await filesIn(folder), [storage.assetPath(sha256('kept'))]);
});

test('an empty source is an asset of no bytes', async (t) => {
  const { storage } = await openStorage(t);
  assert.deepEqual(await save(storage, chunks()), { sha256: sha256(''), size: 0 });
});

test('a source past the limit is refused with the limit, and nothing is left', async (t) => {
  const { storage, folder } = await openStorage(t);
  await assert.rejects(storage.receiveAsset(chunks('12345', '6'), { maxBytes: 5 }), (error) => {
    assert.ok(error instanceof AssetTooLargeError);
    assert.equal(error.limit, 5);
    return true;
  });
  assert.deepEqual(await filesIn(folder), []);
  assert.equal((await storage.receiveAsset(chunks('12345'), { maxBytes: 5 })).size, 5);
});

test('a source that fails leaves nothing, and its own error comes out', async (t) => {
  const { storage, folder } = await openStorage(t);
  const fault = new Error('connection lost');
  async function* failing() {
    yield* chunks('half');
    throw fault;
  }
  await assert.rejects(storage.receiveAsset(failing()), fault);
  assert.deepEqual(await filesIn(folder), []);
});

test('an abort in the middle ends at once with its reason, and nothing is left', async (t) => {
  const { storage, folder } = await openStorage(t);
  const controller = new AbortController();
  const reason = new Error('the client went away');
  // After its first chunk this source never says anything again.
  const stalled = new Readable({ read() {} });
  stalled.push('first');
  stalled.once('data', () => setImmediate(() => controller.abort(reason)));
  await assert.rejects(storage.receiveAsset(stalled, { signal: controller.signal }), reason);
  assert.equal(stalled.destroyed, true);
  assert.deepEqual(await filesIn(folder), []);
  await assert.rejects(storage.receiveAsset(chunks('late'), { signal: controller.signal }), reason);
  assert.deepEqual(await filesIn(folder), []);
});

test('an abort does not wait for a generator that is stuck', async (t) => {
  const { storage, folder } = await openStorage(t);
  const controller = new AbortController();
  async function* stuck() {
    yield Buffer.from('first');
    setImmediate(() => controller.abort(new Error('enough')));
    await new Promise(() => {});
  }
  await assert.rejects(storage.receiveAsset(stuck(), { signal: controller.signal }), /enough/);
  assert.deepEqual(await filesIn(folder), []);
});

test('a disk that cannot be written to gives its own error', async (t) => {
  const { storage, folder } = await openStorage(t);
  await rm(join(folder, 'tmp'), { recursive: true });
  await assert.rejects(save(storage, chunks('text')), { code: 'ENOENT' });
  assert.deepEqual(await filesIn(folder), []);
});

test('without room nothing is begun: no upload, not even a small one, and no work', async (t) => {
  const { folder } = await openStorage(t);
  const { bavail, bsize } = await statfs(folder);
  const full = await createStorage({ folder, reserve: 2 * bavail * bsize });
  let read = 0;
  async function* counted() {
    read += 1;
    yield* chunks('text');
  }
  await assert.rejects(full.receiveAsset(counted()), DiskFullError);
  await assert.rejects(full.createWorkFolder(), /are to stay free/);
  const nearlyFull = await createStorage({ folder, reserve: 0 });
  await assert.rejects(nearlyFull.receiveAsset(counted(), { expected: 2 * bavail * bsize }), DiskFullError);
  assert.equal(read, 0);
  assert.deepEqual(await filesIn(folder), []);
});

test('a full disk is told apart from other faults, whoever tells of it', () => {
  const faults = [Object.assign(new Error('write'), { code: 'ENOSPC' }), new Error('x.jpg: No space left on device')];
  for (const fault of faults) {
    const full = asDiskFull(fault);
    assert.ok(full instanceof DiskFullError);
    assert.equal(full.cause, fault);
  }
  const other = Object.assign(new Error('write'), { code: 'EIO' });
  assert.equal(asDiskFull(other), other);
});

test('bytes that are not there as they came are no asset', async (t) => {
  const { storage } = await openStorage(t);
  const { sha256: hash, size } = await save(storage, chunks('one two'));
  const path = storage.assetPath(hash);
  assert.equal(await storage.findAsset(hash, size), path);
  await storage.verifyAsset(hash);
  await writeFile(path, 'one one');
  await assert.rejects(storage.verifyAsset(hash), { name: 'AssetDamagedError', message: /has other bytes$/ });
  await truncate(path, 3);
  await assert.rejects(storage.findAsset(hash, size), { name: 'AssetDamagedError', message: /has 3 of 7 bytes$/ });
  await rm(path);
  await assert.rejects(storage.findAsset(hash, size), { name: 'AssetDamagedError', message: /is not there$/ });
  await assert.rejects(storage.verifyAsset(hash), { name: 'AssetDamagedError', message: /cannot be read$/ });
});

test('half a gigabyte goes through in little memory', async (t) => {
  const { storage } = await openStorage(t);
  const chunk = Buffer.alloc(1 << 20, 7);
  const before = process.memoryUsage().rss;
  let most = before;
  async function* large() {
    for (let count = 0; count < 512; count++) {
      most = Math.max(most, process.memoryUsage().rss);
      yield chunk;
    }
  }
  const saved = await save(storage, large());
  assert.equal(saved.size, 512 << 20);
  assert.equal((await stat(storage.assetPath(saved.sha256))).size, 512 << 20);
  assert.ok(most - before < 100 << 20, `grew by ${(most - before) >> 20} MiB`);
});

test('a work folder becomes the proxy in one step, also in place of an older one', async (t) => {
  const { storage, folder } = await openStorage(t);
  const hash = sha256('video');
  for (const content of ['old', 'new']) {
    const work = await storage.createWorkFolder();
    await writeFile(join(work.path, 'proxy.json'), content);
    await writeFile(join(work.path, `${content}.jpg`), content);
    await work.commitProxy(hash);
    await work.remove();
    assert.equal(await storage.hasProxy(hash), true);
    assert.deepEqual((await readdir(storage.proxyFolder(hash))).sort(), [`${content}.jpg`, 'proxy.json'].sort());
  }
  assert.deepEqual(await readdir(join(folder, 'tmp')), []);
});

test('proxies that are committed at the same time end with one of them whole', async (t) => {
  const { storage, folder } = await openStorage(t);
  const hash = sha256('video');
  const contents = ['a', 'b', 'c', 'd'];
  await Promise.all(
    contents.map(async (content) => {
      const work = await storage.createWorkFolder();
      for (const name of ['1', '2']) await writeFile(join(work.path, name), content);
      await work.commitProxy(hash);
    }),
  );
  const [first, second] = await Promise.all(
    ['1', '2'].map((name) => readFile(join(storage.proxyFolder(hash), name), 'utf8')),
  );
  assert.ok(contents.includes(first ?? ''));
  assert.equal(first, second);
  assert.deepEqual(await readdir(join(folder, 'tmp')), []);
});

test('a work folder that is given up is removed', async (t) => {
  const { storage, folder } = await openStorage(t);
  const work = await storage.createWorkFolder();
  await writeFile(join(work.path, 'frame.jpg'), 'x');
  await work.remove();
  await work.remove();
  assert.deepEqual(await readdir(join(folder, 'tmp')), []);
});

test('removing an asset takes its proxy with it, and is fine twice', async (t) => {
  const { storage, folder } = await openStorage(t);
  const { sha256: hash } = await save(storage, chunks('video'));
  const work = await storage.createWorkFolder();
  await writeFile(join(work.path, 'proxy.json'), '{}');
  await work.commitProxy(hash);
  await storage.removeAsset(hash);
  await storage.removeAsset(hash);
  assert.equal(await storage.hasAsset(hash), false);
  assert.equal(await storage.hasProxy(hash), false);
  assert.deepEqual(await filesIn(folder), []);
});

test('assets are listed with the time of their latest save', async (t) => {
  const { storage } = await openStorage(t);
  const one = await save(storage, chunks('one'));
  const two = await save(storage, chunks('two'));
  const old = new Date('2020-01-01T00:00:00Z');
  for (const asset of [one, two]) await utimes(storage.assetPath(asset.sha256), old, old);
  await save(storage, chunks('two'));
  const listed = new Map<string, Date>();
  for await (const asset of storage.listAssets()) listed.set(asset.sha256, asset.modifiedAt);
  assert.deepEqual([...listed.keys()].sort(), [one.sha256, two.sha256].sort());
  assert.deepEqual(listed.get(one.sha256), old);
  assert.ok((listed.get(two.sha256) ?? old) > old);
});

test('the sweep removes what is old and leaves what is in use', async (t) => {
  const { storage, folder } = await openStorage(t);
  const old = new Date(Date.now() - 3_600_000);
  const left = await storage.createWorkFolder();
  await writeFile(join(folder, 'tmp', 'half-an-upload'), 'x');
  const used = await storage.createWorkFolder();
  await writeFile(join(used.path, 'frame.jpg'), 'x');
  for (const path of [left.path, used.path, join(folder, 'tmp', 'half-an-upload')]) await utimes(path, old, old);
  assert.equal(await storage.sweepTemporary(new Date(Date.now() - 60_000)), 2);
  assert.deepEqual(await readdir(join(folder, 'tmp')), [used.path.split('/').at(-1)]);
});

test('what is no SHA-256 is no path', async (t) => {
  const { storage } = await openStorage(t);
  for (const hash of ['', '../../etc/passwd', sha256('x').toUpperCase(), `${sha256('x')}\n`, `${sha256('x')}0`]) {
    assert.throws(() => storage.assetPath(hash), TypeError);
    assert.throws(() => storage.proxyFolder(hash), TypeError);
    await assert.rejects(storage.hasAsset(hash), TypeError);
    await assert.rejects(storage.removeAsset(hash), TypeError);
  }
});
