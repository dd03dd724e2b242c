import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DataFolderInUseError, lockFolder } from '../../src/db/folder-lock.ts';
import { openPglite } from '../../src/db/pglite.ts';

const PROGRAM = fileURLToPath(new URL('lock-folder-process.ts', import.meta.url));

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'reelgraph-lock-'));
  return { path, file: join(path, 'lock'), [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A process that tries to lock the folder, and what it said. */
async function startProcess(folder: string) {
  const child = spawn(process.execPath, [PROGRAM, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [outcome] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, outcome, [Symbol.asyncDispose]: () => endProcess(child) };
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, 'exit');
}

/** The id of a process that has ended. */
async function deadId(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? assert.fail('no process');
}

test('the folder is made, locked by one process, and free again afterwards', async () => {
  await using folder = await makeFolder();
  const path = join(folder.path, 'deep', 'data');
  const release = await lockFolder(path);
  assert.equal(await readFile(join(path, 'lock'), 'utf8'), String(process.pid));
  await using second = await startProcess(path);
  assert.equal(
    second.outcome,
    `DataFolderInUseError: The data folder ${path} is in use by process ${process.pid}. Stop that process, or set ` +
      `DATA_DIR to another folder. If it is none of Reelgraph's, remove ${join(path, 'lock')}.`,
  );
  await release();
  await using third = await startProcess(path);
  assert.equal(third.outcome, 'locked');
  await assert.rejects(lockFolder(path), DataFolderInUseError);
  assert.deepEqual(await readdir(path), ['lock']);
});

test('the embedded database refuses a folder that another process has open, and takes over a killed one', async () => {
  await using folder = await makeFolder();
  const other = await startProcess(folder.path);
  await assert.rejects(openPglite({ folder: folder.path }), DataFolderInUseError);
  other.child.kill('SIGKILL');
  await once(other.child, 'exit');
  const database = await openPglite({ folder: folder.path });
  try {
    await database.ping();
    assert.equal(await readFile(folder.file, 'utf8'), String(process.pid));
  } finally {
    await database.close();
  }
  await assert.rejects(readFile(folder.file), { code: 'ENOENT' });
});

test("the lock of a dead process, of this process's own id, and a damaged one are taken over", async () => {
  await using folder = await makeFolder();
  for (const content of [String(await deadId()), String(process.pid), '', 'damaged']) {
    await writeFile(folder.file, content);
    const release = await lockFolder(folder.path);
    assert.equal(await readFile(folder.file, 'utf8'), String(process.pid), content);
    await release();
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test("of processes that find a dead one's lock at the same time, one gets it", async () => {
  await using folder = await makeFolder();
  await writeFile(folder.file, String(await deadId()));
  const processes = await Promise.all(Array.from({ length: 5 }, () => startProcess(folder.path)));
  try {
    const outcomes = processes.map(({ outcome }) => outcome.split(':')[0]).sort();
    assert.deepEqual(outcomes, [...Array.from({ length: 4 }, () => 'DataFolderInUseError'), 'locked']);
    assert.deepEqual(await readdir(folder.path), ['lock']);
  } finally {
    for (const { child } of processes) await endProcess(child);
  }
});
