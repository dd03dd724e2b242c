import { setTimeout as wait } from 'node:timers/promises';
import { RemoteFileError } from './remote-file-error.ts';

/** Tries of one download, however much each of them brings. */
const MOST_TRIES = 200;

/** What is left of the will to try a download again. */
export interface Patience {
  /**
   * Waits until it is time for another try.
   * @param bytes how far the download has come; further than ever, it is worth as many tries as at first
   * @throws the error itself, where it will not pass or has been met too often; the signal's reason
   */
  wait(error: unknown, bytes?: number): Promise<void>;
}

/**
 * Patience with one download.
 * @param pauses milliseconds before each further try in a row that has brought nothing new
 */
export function createPatience(signal: AbortSignal, pauses: readonly number[]): Patience {
  let failures = 0;
  let tries = 1;
  let furthest = 0;
  return {
    async wait(error, bytes = 0) {
      signal.throwIfAborted();
      if (bytes > furthest) [furthest, failures] = [bytes, 0];
      const pause = error instanceof RemoteFileError && error.transient ? pauses[failures] : undefined;
      if (pause === undefined || tries >= MOST_TRIES) throw error;
      failures += 1;
      tries += 1;
      await wait(pause, undefined, { signal });
    },
  };
}
