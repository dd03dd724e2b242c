import { setTimeout as wait } from 'node:timers/promises';
import { RemoteFileError } from './remote-file-error.ts';

/** Tries of one download, however much each of them brings. */
const MOST_TRIES = 200;

/** What is left of the will to try a download again. */
export interface Patience {
  /**
   * Waits until it is time for another try.
   * @param bytes how far the download has come, if the next try goes on from there: further than before, it is worth as
   *   many tries as at first. Beginnings anew are numbered, whatever each of them brings.
   * @throws the error itself, where it will not pass or has been met too often; the signal's reason
   */
  wait(error: unknown, bytes?: number): Promise<void>;
}

/**
 * Patience with one download.
 * @param pauses milliseconds before each further try in a row that has brought nothing new
 */
export function createPatience(signal: AbortSignal, pauses: readonly number[]): Patience {
  let isOver = false;
  let tries = 1;
  let beginnings = 0;
  let failures = 0;
  let furthest = 0;
  return {
    async wait(error, bytes) {
      signal.throwIfAborted();
      if (bytes === undefined || bytes > furthest) [furthest, failures] = [bytes ?? 0, 0];
      const pause = pauses[bytes === undefined ? beginnings++ : failures++];
      const mayPass = error instanceof RemoteFileError && error.transient;
      // Once it has ended it has ended for all that share it.
      isOver ||= !mayPass || pause === undefined || tries++ >= MOST_TRIES;
      if (isOver) throw error;
      await wait(pause, undefined, { signal });
    },
  };
}
