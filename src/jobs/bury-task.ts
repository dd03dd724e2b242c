import type { App } from '../app.ts';
import { describeFailure } from '../domain/check-video.ts';
import { fetchUrl, indexVideo, validateVideo } from '../domain/jobs.ts';
import type { DeadLetter } from '../queue/queue-options.ts';
import { failTask } from './task-job.ts';

const TASK_JOBS = [fetchUrl, validateVideo, indexVideo];

/** Ends the task of a job that used up its retries. The cause is the service's own, and goes to the log only. */
export async function buryTask(app: App, letter: DeadLetter): Promise<void> {
  app.log.error({ job: letter.job, input: letter.input, cause: letter.cause }, 'job given up');
  const job = TASK_JOBS.find(({ name }) => name === letter.job);
  if (!job) return;
  const run = job.input.parse(letter.input);
  const message = `The service failed to process the video (${letter.job}); the cause is in its log.`;
  await failTask(app, run, { failure: describeFailure('INTERNAL', message) });
}
