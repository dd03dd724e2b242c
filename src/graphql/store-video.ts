import { bytesLeft, outOfStorage, type StorageUse } from '../domain/stored-bytes.ts';
import type { VideoSource } from '../domain/video-source.ts';
import { InvalidInputError, LimitExceededError } from '../errors.ts';
import { AssetTooLargeError, DiskFullError } from '../storage/storage.ts';
import { countUpload } from '../telemetry/transfers.ts';
import type { Context } from './context.ts';
import type { ArrivingFile } from './receive-upload.ts';

/** Seconds after which there may be room again: the sweep of what nobody claims runs every hour, but people are faster. */
const ROOM_AGAIN = 300;

/**
 * Stores the bytes of a video, and makes them visible in the same step as the row that refers to them.
 * @param storage what the tenant may store: a file that turns out to be larger than what is left is cut off
 * @param add inserts the row, and calls `beforeCommit` at the end of its transaction; without that nothing is kept
 * @throws LimitExceededError, and whatever `add` throws
 */
export async function storeVideo<Row>(
  { app, leastUpload }: Context,
  { filename, bytes, keptAt }: ArrivingFile,
  storage: StorageUse,
  add: (source: VideoSource, beforeCommit: () => Promise<void>) => Promise<Row>,
): Promise<Row> {
  const maxBytes = Math.min(app.env.MAX_UPLOAD_SIZE, bytesLeft(storage));
  const counted = countUpload(app.telemetry.metrics, bytes);
  const received = await app.storage.receiveAsset(counted, { maxBytes, expected: leastUpload }).catch((error) => {
    if (error instanceof DiskFullError) throw noRoom(app.env.MIN_FREE_DISK);
    if (!(error instanceof AssetTooLargeError)) throw error;
    if (error.limit < app.env.MAX_UPLOAD_SIZE) throw outOfStorage(storage, `more than ${error.limit}`);
    throw new LimitExceededError(`${error.message}.`, `${error.limit} bytes in one upload`);
  });
  try {
    const asset = { sha256: received.sha256, size: received.size };
    let isKept = false;
    const row = await add({ asset, filename }, async () => {
      await received.commit();
      isKept = true;
    });
    if (isKept) keptAt(app.storage.assetPath(received.sha256));
    return row;
  } finally {
    await received.discard();
  }
}

/** Expected, as a quota is: a client can do nothing about it but come back, and somebody has to make room. */
function noRoom(reserve: number): LimitExceededError {
  const limit = `${reserve} bytes stay free on the server's disk`;
  return new LimitExceededError("The server's disk has no room for the file.", limit, ROOM_AGAIN);
}

/** The fault of a request for a task that brings no video. */
export function noVideoGiven(): InvalidInputError {
  return new InvalidInputError([
    { path: ['videoFile'], message: 'Neither videoFile nor videoUrl is given; one of them is needed.' },
  ]);
}
