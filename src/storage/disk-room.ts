import { statfs } from 'node:fs/promises';

/** There is no room on the disk: it is full, or nearly, and the rest is kept free. */
export class DiskFullError extends Error {
  override name = 'DiskFullError';
}

/** The room on the disk that a folder is on. */
export interface DiskRoom {
  /** @throws DiskFullError when less than the reserve would be free after `bytes` more, none unless given */
  check(bytes?: number): Promise<void>;
}

/** @param reserve bytes that are to stay free: for the database, where it is on the same disk, and for everybody else */
export function createDiskRoom(folder: string, reserve: number): DiskRoom {
  return {
    async check(bytes = 0) {
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      if (free - bytes >= reserve) return;
      throw new DiskFullError(`${free} bytes are free on the disk of ${folder}; ${reserve} are to stay free`);
    },
  };
}

/** What the system and ffmpeg say of a full disk, of a used-up quota and, with it, of a limit for files. */
const CODES = ['ENOSPC', 'EDQUOT'];
const MESSAGES = /No space left on device|Disk quota exceeded/;

/** The fault as a DiskFullError where that is its cause; any other as it is. */
export function asDiskFull(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DiskFullError) return error;
  const full = ('code' in error && CODES.includes(String(error.code))) || MESSAGES.test(error.message);
  return full ? new DiskFullError(error.message, { cause: error }) : error;
}
