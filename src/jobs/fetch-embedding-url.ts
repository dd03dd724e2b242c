import type { App } from '../app.ts';
import { noteEmbeddingTask, progressOf } from '../domain/advance-embedding-task.ts';
import { queueEmbeddingTask } from '../domain/queue-embedding-task.ts';
import { measureStorage } from '../domain/stored-bytes.ts';
import type { JobContext } from '../queue/worker.ts';
import { downloadVideo, refuseShortage } from './download-video.ts';
import { runEmbeddingTaskJob } from './embedding-task-job.ts';

/** Downloads the video of an embedding task that was given a URL; its bytes and the next job come together. */
export async function runFetchEmbeddingUrl(app: App, { id }: { id: string }, context: JobContext): Promise<void> {
  await runEmbeddingTaskJob(app, id, context, async ({ task, signal, reportOf }) => {
    // The job was held for dead after it had done its work.
    if (task.asset) return;
    if (!task.sourceUrl) throw new Error(`embedding task ${id} has no URL`);
    const { MAX_UPLOAD_SIZE, MAX_STORED_BYTES } = app.env;
    const stored = await measureStorage(app.db, task.tenant, MAX_STORED_BYTES);
    const video = { url: task.sourceUrl, stored, maxFileSize: MAX_UPLOAD_SIZE, key: id };
    const received = await downloadVideo(app, video, { signal, report: reportOf('download') });
    try {
      await app.db.transaction(async (tx) => {
        await refuseShortage(app, tx, task.tenant, received);
        const news = { progress: progressOf('decode', 0), asset: received };
        const arrived = await noteEmbeddingTask(tx, id, news);
        await received.commit();
        await queueEmbeddingTask(tx, app.queue, arrived);
      });
    } finally {
      await received.discard();
    }
  });
}
