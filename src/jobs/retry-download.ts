import type { App } from '../app.ts';
import { describeFailure } from '../domain/check-video.ts';
import type { Patience } from '../storage/patience.ts';
import { RemoteFileError } from '../storage/remote-file-error.ts';
import { TaskFailedError } from './task-job.ts';

/**
 * Downloads something, and again where it failed for a passing reason, as long as the time for it allows.
 * @param what is downloaded, as its owner calls it
 * @param download is given a signal that also ends it when its time is up, and the patience that all tries share
 * @throws TaskFailedError (DOWNLOAD_FAILED), the signal's reason, and whatever else `download` throws
 */
export async function retryDownload<Result>(
  { env, remote }: Pick<App, 'env' | 'remote'>,
  what: string,
  signal: AbortSignal,
  download: (signal: AbortSignal, patience: Patience) => Promise<Result>,
): Promise<Result> {
  const deadline = AbortSignal.timeout(env.FETCH_TIMEOUT * 1000);
  const either = AbortSignal.any([signal, deadline]);
  const patience = remote.patience(either);
  const refuse = (reason: string) =>
    new TaskFailedError(describeFailure('DOWNLOAD_FAILED', `The ${what} could not be downloaded: ${reason}.`));
  for (;;) {
    try {
      return await download(either, patience);
    } catch (error) {
      await patience.wait(error).catch((last) => {
        signal.throwIfAborted();
        if (deadline.aborted) throw refuse(`it had not come whole after ${env.FETCH_TIMEOUT} s`);
        throw last instanceof RemoteFileError ? refuse(last.message) : last;
      });
    }
  }
}
