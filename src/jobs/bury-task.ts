import type { App } from '../app.ts';
import { describeFailure } from '../domain/check-video.ts';
import { embedVideo, fetchEmbeddingUrl, fetchUrl, indexVideo, reindexVideo, validateVideo } from '../domain/jobs.ts';
import type { DeadLetter } from '../queue/queue-options.ts';
import { buryReindex } from './bury-reindex.ts';
import { failEmbeddingTask } from './embedding-task-job.ts';
import { failTask } from './task-job.ts';

const TASK_JOBS = [fetchUrl, validateVideo, indexVideo];
const EMBEDDING_JOBS = [fetchEmbeddingUrl, embedVideo];

/** Ends the task, or the reindex, of a job that used up its retries. The cause is the service's own, and goes to the log only. */
export async function buryTask(app: App, letter: DeadLetter): Promise<void> {
  app.log.error({ job: letter.job, input: letter.input, cause: letter.cause }, 'job given up');
  if (letter.job === reindexVideo.name) return buryReindex(app, reindexVideo.input.parse(letter.input));
  const message = `The service failed to process the video (${letter.job}); the cause is in its log.`;
  const failure = describeFailure('INTERNAL', message);
  const job = TASK_JOBS.find(({ name }) => name === letter.job);
  if (job) await failTask(app, job.input.parse(letter.input), { failure });
  const embeddingJob = EMBEDDING_JOBS.find(({ name }) => name === letter.job);
  if (embeddingJob) await failEmbeddingTask(app, embeddingJob.input.parse(letter.input).id, { failure });
}
