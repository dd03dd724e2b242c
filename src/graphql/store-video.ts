import type { VideoSource } from '../domain/video-source.ts';
import { InvalidInputError, LimitExceededError } from '../errors.ts';
import { AssetTooLargeError, DiskFullError } from '../storage/storage.ts';
import type { Context } from './context.ts';
import type { ArrivingFile } from './receive-upload.ts';

/** Seconds after which there may be room again: the sweep of what nobody claims runs every hour, but people are faster. */
const ROOM_AGAIN = 300;

/**
 * Stores the bytes of a video, and makes them visible in the same step as the row that refers to them.
 * @param add inserts the row, and calls `beforeCommit` at the end of its transaction; without that nothing is kept
 * @throws LimitExceededError, and whatever `add` throws
 */
export async function storeVideo<Row>(
  { app }: Context,
  { filename, bytes }: ArrivingFile,
  add: (source: VideoSource, beforeCommit: () => Promise<void>) => Promise<Row>,
): Promise<Row> {
  const received = await app.storage.receiveAsset(bytes, { maxBytes: app.env.MAX_UPLOAD_SIZE }).catch((error) => {
    if (error instanceof AssetTooLargeError)
      throw new LimitExceededError(`${error.message}.`, `${error.limit} bytes in one upload`);
    throw error instanceof DiskFullError ? noRoom(app.env.MIN_FREE_DISK) : error;
  });
  try {
    const asset = { sha256: received.sha256, size: received.size };
    return await add({ asset, filename }, () => received.commit());
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
