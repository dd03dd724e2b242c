import type { App } from '../app.ts';
import { fetchUrl, indexVideo, removeAsset, sweepStorage, validateVideo } from '../domain/jobs.ts';
import { buryTask } from './bury-task.ts';
import { runFetchUrl } from './fetch-url.ts';
import { runIndexVideo } from './index-video.ts';
import { runRemoveAsset } from './remove-asset.ts';
import { runSweepStorage } from './sweep-storage.ts';
import { runValidateVideo } from './validate-video.ts';

/** Downloads that a process makes at once; they wait for the network more than they work. */
const DOWNLOADS = 4;

/** Makes this process take jobs of every kind. The queue must be started. */
export async function startWorkers(app: App): Promise<void> {
  const { queue } = app;
  const { WORKER_CONCURRENCY } = app.env;
  await queue.work(fetchUrl, DOWNLOADS, (input, context) => runFetchUrl(app, input, context));
  await queue.work(validateVideo, WORKER_CONCURRENCY, (input, context) => runValidateVideo(app, input, context));
  await queue.work(indexVideo, WORKER_CONCURRENCY, (input, context) => runIndexVideo(app, input, context));
  await queue.work(removeAsset, 1, (input) => runRemoveAsset(app, input));
  await queue.work(sweepStorage, 1, (input, context) => runSweepStorage(app, input, context));
  await queue.bury((letter) => buryTask(app, letter));
  await queue.schedule(sweepStorage, '17 * * * *', {});
}
