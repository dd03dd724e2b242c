import type { App } from '../app.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { findIndex } from '../domain/indexes.ts';
import { queueTask } from '../domain/queue-task.ts';
import { measureStorage } from '../domain/stored-bytes.ts';
import type { JobContext } from '../queue/worker.ts';
import type { ReceivedAsset } from '../storage/storage.ts';
import { downloadVideo, refuseShortage } from './download-video.ts';
import { downloadTranscription } from './read-transcription.ts';
import { runTaskJob, type TaskWork } from './task-job.ts';

/** UPLOADING -> VALIDATING: downloads the video of a task that was given a URL, and the words where they have one, too. */
export async function runFetchUrl(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['UPLOADING'], context, async (work) => {
    // The small file first: where it is missing, the large one need not come.
    await downloadTranscription(app, work);
    const received = await download(app, work);
    try {
      await app.db.transaction(async (tx) => {
        await refuseShortage(app, tx, work.task.tenant, received);
        const task = await advance(tx, run, 'UPLOADING', 'VALIDATING', { asset: received });
        await received.commit();
        await queueTask(tx, app.queue, task);
      });
    } finally {
      await received.discard();
    }
  });
}

async function download(app: App, work: TaskWork): Promise<ReceivedAsset> {
  const { task } = work;
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.sourceUrl) throw new Error(`task ${task.id} has no URL or no index`);
  const { maxFileSize } = index.validation;
  const key = `${task.id}-${task.attempt}`;
  const stored = await measureStorage(app.db, task.tenant, app.env.MAX_STORED_BYTES);
  return downloadVideo(app, { url: task.sourceUrl, stored, maxFileSize, key }, work);
}
