import { execFile } from 'node:child_process';
import { copyFile, mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Bytes from the beginning of the disk that can be read. */
const READABLE = 200 * 1024;
const BLOCK = 4096;

/** A disk that gives an input/output error wherever more than its first part is read. */
export interface FailingDisk extends AsyncDisposable {
  /** The file on it; its size and its first bytes are as they were. */
  file: string;
}

/**
 * A file system with one file on it, whose medium ends too early: the kernel says EIO. Rejects where that cannot be
 * made: it takes root, loop devices and e2fsprogs.
 * @param folder where it is made; must not exist
 */
export async function makeFailingDisk(folder: string, source: string): Promise<FailingDisk> {
  const [content, mounted, image] = ['content', 'mounted', 'image'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [content, mounted]) await mkdir(path, { recursive: true });
  await copyFile(source, join(content, 'video'));
  await writeFile(image, '');
  await truncate(image, 2 * (await stat(source)).size + 8_000_000);
  await run('mkfs.ext4', ['-q', '-F', '-b', String(BLOCK), '-O', '^has_journal', '-d', content, image]);
  const { stdout } = await run('losetup', ['--find', '--show', '--read-only', image]);
  const device = stdout.trim();
  try {
    await run('mount', ['-o', 'ro', device, mounted]);
  } catch (error) {
    await run('losetup', ['--detach', device]);
    throw error;
  }
  const file = join(mounted, 'video');
  // What the kernel knows of the file, before the rest of the medium goes.
  await stat(file);
  await truncate(image, READABLE);
  return {
    file,
    async [Symbol.asyncDispose]() {
      await run('umount', ['-l', mounted]);
      await run('losetup', ['--detach', device]);
    },
  };
}
