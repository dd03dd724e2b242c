import { setTimeout as wait } from 'node:timers/promises';
import { describeFailure } from '../domain/check-video.ts';
import { RemoteFileError } from '../storage/remote-file.ts';
import { TaskFailedError } from './task-job.ts';

/** Milliseconds before each further try of a download that failed for a passing reason. */
const PAUSES = [1_000, 5_000];

/**
 * Downloads something, and again where it failed for a passing reason.
 * @param what is downloaded, as its owner calls it
 * @throws TaskFailedError (DOWNLOAD_FAILED), the signal's reason, and whatever else `download` throws
 */
export async function retryDownload<Result>(
  what: string,
  signal: AbortSignal,
  download: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await download();
    } catch (error) {
      if (!(error instanceof RemoteFileError)) throw error;
      const pause = error.transient ? PAUSES[tries] : undefined;
      if (pause === undefined)
        throw new TaskFailedError(
          describeFailure('DOWNLOAD_FAILED', `The ${what} could not be downloaded: ${error.message}.`),
        );
      await wait(pause, undefined, { signal });
    }
  }
}
