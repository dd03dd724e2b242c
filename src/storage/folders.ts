import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';

/** Makes the folder with its parents, and makes that survive a power failure. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Flushes a folder's names to the disk. Windows has no such call, and keeps names in its journal anyway. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await syncFile(path);
}

/** Files that are flushed at once: the file system writes its journal once for those that wait together. */
const SYNCS_AT_ONCE = 4;

/** Flushes a folder, its files and the folders in it. */
export async function syncTree(path: string, limit = pLimit(SYNCS_AT_ONCE)): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  await Promise.all(
    entries.map((entry) => {
      const child = join(path, entry.name);
      return entry.isDirectory() ? syncTree(child, limit) : limit(() => syncFile(child));
    }),
  );
  await syncFolder(path);
}

/**
 * Moves folder `from` to `to`. An older `to` is moved to `trash` for the blink between two renames (POSIX has no
 * exchange), so that a reader meets the old one, the new one or none, but never a mixture.
 */
export async function replaceFolder(from: string, to: string, trash: string): Promise<void> {
  await makeFolder(dirname(to));
  for (;;) {
    try {
      await rename(from, to);
      break;
    } catch (error) {
      // EPERM is what Windows says of an existing folder, and of much else.
      const taken = hasCode(error, 'ENOTEMPTY', 'EEXIST') || (hasCode(error, 'EPERM') && (await exists(to)));
      if (!taken) throw error;
      await removeTree(trash);
      await moveFolder(to, trash);
    }
  }
  await syncFolder(dirname(to));
  await removeTree(trash);
}

/** Moves a folder; resolves to false when there is none. */
export async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Removes a file or a folder with all in it; fine when there is none. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Whether anything is at `path`. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** When the file, or the folder or anything directly in it, last changed; null when it has gone in the meantime. */
export async function lastTouched(path: string): Promise<Date | null> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.mtime;
    const inside = await Promise.all((await readdir(path)).map(async (name) => (await stat(join(path, name))).mtimeMs));
    return new Date(Math.max(found.mtimeMs, ...inside));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
