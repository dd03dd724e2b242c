import { writeFile } from 'node:fs/promises';

/** A source that has arrived, and has been checked. */
export interface FetchedSource {
  /** In hex. */
  sha256: string;
  read(): Promise<Buffer>;
  /** Puts it into a file that is not there yet. */
  placeAt(path: string): Promise<void>;
  /** Frees what it takes up, when it has been installed. */
  discard(): Promise<void>;
}

/** A source that is held in memory: a file out of a package. */
export function sourceInMemory(data: Buffer, sha256: string): FetchedSource {
  return {
    sha256,
    read: async () => data,
    placeAt: (path) => writeFile(path, data, { flush: true }),
    discard: async () => {},
  };
}
