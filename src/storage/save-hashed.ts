import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder, syncFolder } from './folders.ts';

/** The source went past the limit; `limit` is in bytes. */
export class AssetTooLargeError extends Error {
  override name = 'AssetTooLargeError';
  readonly limit: number;

  constructor(limit: number) {
    super(`The file is larger than ${limit} bytes, the most that is allowed`);
    this.limit = limit;
  }
}

interface SaveOptions {
  temporaryPath: string;
  /** Where content of this SHA-256 belongs. */
  finalPath(sha256: string): string;
  maxBytes?: number;
  signal?: AbortSignal;
}

/**
 * Streams `source` through SHA-256 to the temporary path, flushes it to the disk and renames it to its final path. A
 * crash at any point leaves either nothing there or all of it. Errors are as for `Storage.saveAsset`.
 */
export async function saveHashed(
  source: AsyncIterable<Uint8Array>,
  { temporaryPath, finalPath, maxBytes = Number.POSITIVE_INFINITY, signal }: SaveOptions,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  async function* measure(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new AssetTooLargeError(maxBytes);
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    signal?.throwIfAborted();
    const file = createWriteStream(temporaryPath, { flags: 'wx', flush: true });
    await pipeline(source, measure, file, signal ? { signal } : {});
    const sha256 = hash.digest('hex');
    const path = finalPath(sha256);
    await makeFolder(dirname(path));
    // Also over an equal file that is there already: it renews the date that the sweep of unused assets goes by.
    await rename(temporaryPath, path);
    await syncFolder(dirname(path));
    return { sha256, size };
  } catch (error) {
    await rm(temporaryPath, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}
