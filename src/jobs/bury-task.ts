import type { App } from '../app.ts';
import { describeFailure } from '../domain/check-video.ts';
import { embedVideo, fetchEmbeddingUrl, fetchUrl, indexVideo, reindexVideo, validateVideo } from '../domain/jobs.ts';
import type { DeadLetter } from '../queue/queue-options.ts';
import { AssetDamagedError, DiskFullError } from '../storage/storage.ts';
import { buryReindex } from './bury-reindex.ts';
import { failEmbeddingTask } from './embedding-task-job.ts';
import { failTask } from './task-job.ts';

const TASK_JOBS = [fetchUrl, validateVideo, indexVideo];
const EMBEDDING_JOBS = [fetchEmbeddingUrl, embedVideo];

/** Ends the task, or the reindex, of a job that used up its retries. The cause is the service's own, and goes to the log only. */
export async function buryTask(app: App, letter: DeadLetter): Promise<void> {
  app.log.error({ job: letter.job, input: letter.input, cause: letter.cause }, 'job given up');
  if (letter.job === reindexVideo.name) return buryReindex(app, reindexVideo.input.parse(letter.input));
  const failure = describeFailure(
    'INTERNAL',
    `${reasonOf(letter)} (${letter.job}); the cause is in the service's log.`,
  );
  const job = TASK_JOBS.find(({ name }) => name === letter.job);
  if (job) await failTask(app, job.input.parse(letter.input), { failure });
  const embeddingJob = EMBEDDING_JOBS.find(({ name }) => name === letter.job);
  if (embeddingJob) await failEmbeddingTask(app, embeddingJob.input.parse(letter.input).id, { failure });
}

/** What a task's owner is told of the service's own fault: what may be over when the task is tried again. */
function reasonOf({ cause }: DeadLetter): string {
  const name = typeof cause === 'object' && cause !== null && 'name' in cause ? cause.name : undefined;
  if (name === DiskFullError.name) return "The service's disk had no room for the work on the video";
  if (name === AssetDamagedError.name) return 'The stored file of the video could not be read';
  return 'The service failed to process the video';
}
