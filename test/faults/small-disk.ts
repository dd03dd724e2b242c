import { execFile } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk that is soon full. */
export interface SmallDisk extends AsyncDisposable {
  folder: string;
  /** Leaves so many bytes free; undefined leaves all of it. */
  leave(bytes: number | undefined): Promise<void>;
}

/** Mounts a file system of `size` bytes in memory. Rejects where that is not allowed: it takes root. */
export async function mountSmallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async leave(bytes) {
      await rm(ballast, { force: true });
      if (bytes === undefined) return;
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
    },
    async [Symbol.asyncDispose]() {
      // Lazily: after a failure a server may still have files open on it.
      await run('umount', ['-l', folder]);
    },
  };
}
