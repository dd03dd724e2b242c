import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { checkSize, describeFailure } from '../domain/check-video.ts';
import { findIndex } from '../domain/indexes.ts';
import { validateVideo } from '../domain/jobs.ts';
import type { JobContext } from '../queue/worker.ts';
import { openRemoteFile, RemoteFileError } from '../storage/remote-file.ts';
import { AssetTooLargeError, type ReceivedAsset } from '../storage/storage.ts';
import { runTaskJob, TaskFailedError, type TaskWork } from './task-job.ts';

/** Milliseconds before each further try of a download that failed for a passing reason. */
const PAUSES = [1_000, 5_000];

/** UPLOADING -> VALIDATING: downloads the video of a task that was given a URL. */
export async function runFetchUrl(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['UPLOADING'], context, async (work) => {
    const received = await download(app, work);
    try {
      await app.db.transaction(async (tx) => {
        const task = await advance(tx, run, 'UPLOADING', 'VALIDATING', { asset: received });
        await received.commit();
        await app.queue.enqueue(tx, validateVideo, task);
      });
    } finally {
      await received.discard();
    }
  });
}

async function download(app: App, work: TaskWork): Promise<ReceivedAsset> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await downloadOnce(app, work);
    } catch (error) {
      if (!(error instanceof RemoteFileError)) throw error;
      const pause = error.transient ? PAUSES[tries] : undefined;
      if (pause === undefined)
        throw new TaskFailedError(
          describeFailure('DOWNLOAD_FAILED', `The video could not be downloaded: ${error.message}.`),
        );
      await wait(pause, undefined, { signal: work.signal });
    }
  }
}

async function downloadOnce(app: App, { task, signal, report }: TaskWork): Promise<ReceivedAsset> {
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.sourceUrl) throw new Error(`task ${task.id} has no URL or no index`);
  const { body, size } = await openRemoteFile(task.sourceUrl, {
    allowAddresses: app.env.FETCH_ALLOW_ADDRESSES,
    signal,
  });
  const tooLarge = (bytes: number) => {
    const failure = checkSize(bytes, index.validation);
    if (failure) throw new TaskFailedError(failure);
  };
  tooLarge(size ?? 0);
  async function* reportBytes() {
    let done = 0;
    for await (const chunk of body) {
      done += chunk.byteLength;
      if (size) report(done / size);
      yield chunk;
    }
  }
  try {
    return await app.storage.receiveAsset(reportBytes(), { maxBytes: index.validation.maxFileSize, signal });
  } catch (error) {
    if (error instanceof AssetTooLargeError) tooLarge(error.limit + 1);
    throw error;
  }
}
