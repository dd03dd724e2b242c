import type { App } from '../app.ts';
import {
  embedVideo,
  fetchEmbeddingUrl,
  fetchUrl,
  indexVideo,
  reindexVideo,
  removeAsset,
  removeSegments,
  sweepEmbeddingTasks,
  sweepStorage,
  validateVideo,
} from '../domain/jobs.ts';
import { buryTask } from './bury-task.ts';
import { runEmbedVideo } from './embed-video.ts';
import { runFetchEmbeddingUrl } from './fetch-embedding-url.ts';
import { runFetchUrl } from './fetch-url.ts';
import { runIndexVideo } from './index-video.ts';
import { runReindexVideo } from './reindex-video.ts';
import { runRemoveAsset } from './remove-asset.ts';
import { runRemoveSegments } from './remove-segments.ts';
import { runSweepEmbeddingTasks } from './sweep-embedding-tasks.ts';
import { runSweepStorage } from './sweep-storage.ts';
import { runValidateVideo } from './validate-video.ts';

/** Downloads that a process makes at once; they wait for the network more than they work. */
const DOWNLOADS = 4;
/** Videos that a process embeds anew at once, beside the new ones: nobody waits for them. */
const REINDEXING = 1;

/** Makes this process take jobs of every kind. The queue must be started. */
export async function startWorkers(app: App): Promise<void> {
  const { queue } = app;
  const { WORKER_CONCURRENCY } = app.env;
  await queue.work(fetchUrl, DOWNLOADS, (input, context) => runFetchUrl(app, input, context));
  await queue.work(validateVideo, WORKER_CONCURRENCY, (input, context) => runValidateVideo(app, input, context));
  await queue.work(indexVideo, WORKER_CONCURRENCY, (input, context) => runIndexVideo(app, input, context));
  await queue.work(reindexVideo, REINDEXING, (input, context) => runReindexVideo(app, input, context));
  await queue.work(removeSegments, 1, (input, context) => runRemoveSegments(app, input, context));
  await queue.work(fetchEmbeddingUrl, DOWNLOADS, (input, context) => runFetchEmbeddingUrl(app, input, context));
  await queue.work(embedVideo, WORKER_CONCURRENCY, (input, context) => runEmbedVideo(app, input, context));
  await queue.work(sweepEmbeddingTasks, 1, (input, context) => runSweepEmbeddingTasks(app, input, context));
  await queue.work(removeAsset, 1, (input) => runRemoveAsset(app, input));
  await queue.work(sweepStorage, 1, (input, context) => runSweepStorage(app, input, context));
  await queue.bury((letter) => buryTask(app, letter));
  await queue.schedule(sweepStorage, '17 * * * *', {});
  await queue.schedule(sweepEmbeddingTasks, '*/5 * * * *', {});
}
