import { createHash, type Hash } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asDiskFull, type DiskRoom } from './disk-room.ts';
import { makeFolder, syncFolder } from './folders.ts';
import { noteSpent } from './spent-chunks.ts';

/** Bytes between two looks whether there is room for more: of many at once as many may come unseen. */
const LOOK_EVERY = 1024 ** 2;

/** The source went past the limit; `limit` is in bytes. */
export class AssetTooLargeError extends Error {
  override name = 'AssetTooLargeError';
  readonly limit: number;

  constructor(limit: number) {
    super(`The file is larger than ${limit} bytes, the most that is allowed`);
    this.limit = limit;
  }
}

interface ReceiveOptions {
  temporaryPath: string;
  room: DiskRoom;
  /** Bytes that are said to come. */
  expected?: number;
  /** Where content of this SHA-256 belongs. */
  finalPath(sha256: string): string;
  maxBytes?: number;
  signal?: AbortSignal;
  checkpoints?: Checkpoints;
}

/** How bytes that come are noted, so that they may stay where they are when an abort ends their coming. */
export interface Checkpoints {
  /** Bytes from one note to the next. */
  every: number;
  /** Notes that the temporary file surely begins with so many bytes of this SHA-256. */
  note(reached: Checkpoint): Promise<void>;
  /** Removes the temporary file and its notes. */
  remove(): Promise<void>;
  /** Removes the notes, and what else there is by way of beginnings, once the whole is in its place. */
  finish(): Promise<void>;
}

interface Checkpoint {
  bytes: number;
  sha256: string;
}

/** Bytes that have arrived whole under a temporary name: `sha256` in lower-case hex, `size` in bytes. */
export interface ReceivedAsset {
  sha256: string;
  size: number;
  /** Puts the bytes in their place, where identical content is kept once. */
  commit(): Promise<void>;
  /** Removes the bytes; does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Streams `source` through SHA-256 to the temporary path and flushes it to the disk; `commit` renames it. A crash at
 * any point leaves in the final place either nothing or all of it. With checkpoints, an abort leaves the temporary file
 * once it has one. Errors are as for `Storage.receiveAsset`.
 */
export async function receiveHashed(
  source: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<ReceivedAsset> {
  const { temporaryPath, finalPath, room, expected = 0, signal, checkpoints } = options;
  const { maxBytes = Number.POSITIVE_INFINITY } = options;
  const hash = createHash('sha256');
  let size = 0;
  let looked = 0;
  let noting: ReturnType<typeof startNoting> | undefined;
  async function* measure(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new AssetTooLargeError(maxBytes);
      if (size - looked > LOOK_EVERY) {
        looked = size;
        await room.check();
      }
      hash.update(chunk);
      yield chunk;
      await noting?.passed(size, hash);
      noteSpent(chunk.byteLength);
    }
  }
  const discard = checkpoints?.remove ?? (() => rm(temporaryPath, { force: true }));
  try {
    signal?.throwIfAborted();
    await room.check(expected);
    // Opened before anything can fail: a stream's own opening may come after the removal, and leave an empty file.
    const handle = await open(temporaryPath, 'wx');
    const file = handle.createWriteStream({ flush: true });
    if (checkpoints) noting = startNoting(checkpoints, handle, file);
    // A stream is destroyed by the pipeline; of anything else it would wait for the next chunk even after an abort.
    const input = source instanceof Readable || !signal ? source : untilAborted(source, signal);
    await pipeline(input, measure, file, signal ? { signal } : {});
  } catch (error) {
    const isKept = (await noting?.stop()) && signal?.aborted;
    if (!isKept) await discard();
    signal?.throwIfAborted();
    throw asDiskFull(error);
  }
  const sha256 = hash.digest('hex');
  return {
    sha256,
    size,
    async commit() {
      const path = finalPath(sha256);
      await makeFolder(dirname(path));
      // Also over an equal file that is there already: it renews the date that the sweep of unused assets goes by.
      await rename(temporaryPath, path);
      await syncFolder(dirname(path));
      await checkpoints?.finish();
    },
    discard,
  };
}

/** Notes a checkpoint whenever enough has come and has been written; `stop` says whether there was any. */
function startNoting({ every, note }: Checkpoints, handle: FileHandle, file: WriteStream) {
  let next = every;
  let due: Checkpoint | undefined;
  let last: Promise<boolean> = Promise.resolve(false);
  async function save(reached: Checkpoint): Promise<boolean> {
    await handle.datasync();
    await note(reached);
    return true;
  }
  return {
    async passed(bytes: number, hash: Hash): Promise<void> {
      if (!due && bytes >= next) {
        due = { bytes, sha256: hash.copy().digest('hex') };
        next = bytes + every;
      }
      if (!due || file.bytesWritten < due.bytes) return;
      const former = last;
      last = save(due).catch(() => former);
      due = undefined;
      await last;
    },
    stop: () => last,
  };
}

// One listener and no race with a promise that stays: that would keep something in memory for every chunk.
async function* untilAborted(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp = (_reason: unknown): void => {};
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let finished = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject;
        iterator.next().then(resolve, reject);
      });
      finished = step.done === true;
      if (step.done) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator that is stuck answers this only once it is no longer.
    if (!finished) iterator.return?.().catch(() => {});
  }
}
