import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another process owns the data folder: PGlite's files bear one writer. */
export class DataFolderInUseError extends Error {
  override name = 'DataFolderInUseError';
}

/**
 * Puts a lock file that holds this process's id into the folder, which is made where it is missing. The file appears
 * with its content in one step, and one taker only takes a dead process's away.
 * @returns what removes the lock
 * @throws DataFolderInUseError when a living process's lock is there
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'lock');
  const own = `${file}.${process.pid}`;
  await writeFile(own, String(process.pid));
  try {
    while (!(await linkUnlessThere(own, file))) {
      await refuseLivingOwner(folder, file);
      const taken = `${own}.taken`;
      if (!(await renameIfThere(file, taken))) continue;
      try {
        await refuseLivingOwner(folder, taken);
      } catch (error) {
        // Between the look and the rename another process had put its own there.
        await linkUnlessThere(taken, file);
        throw error;
      } finally {
        await rm(taken);
      }
    }
  } finally {
    await rm(own);
  }
  return () => rm(file, { force: true });
}

async function refuseLivingOwner(folder: string, file: string): Promise<void> {
  const owner = Number(await readFile(file, 'utf8').catch(unlessCode('ENOENT', '')));
  if (!owner || owner === process.pid || !isAlive(owner)) return;
  throw new DataFolderInUseError(
    `The data folder ${folder} is in use by process ${owner}. Stop that process, or set DATA_DIR to another folder. If it is none of Reelgraph's, remove ${join(folder, 'lock')}.`,
  );
}

async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  return link(from, to).then(() => true, unlessCode('EEXIST', false));
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(() => true, unlessCode('ENOENT', false));
}

/** Turns an error of this code into a value; throws any other. */
function unlessCode<T>(code: string, value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === code) return value;
    throw error;
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
