import { z } from 'zod';
import { defineJob } from '../queue/job.ts';
import type { Line } from './turns.ts';

/** The declarations of all jobs; what they do is in `src/jobs`. */

const taskRun = z.object({ id: z.uuid(), attempt: z.int().positive() });
const embeddingRun = z.object({ id: z.uuid() });

// What the log calls them.
const taskId = ({ id }: { id: string }) => ({ taskId: id });
const embeddingTaskId = ({ id }: { id: string }) => ({ embeddingTaskId: id });
const all = (ids: Record<string, string>) => ids;

/** Downloads the video of a task: UPLOADING -> VALIDATING. */
export const fetchUrl = defineJob({ name: 'url:fetch', input: taskRun, about: taskId });
/** Checks the file against the index's policy and leaves its proxy: VALIDATING -> PENDING. */
export const validateVideo = defineJob({ name: 'video:validate', input: taskRun, about: taskId });
/** Embeds the proxy: PENDING -> QUEUED -> INDEXING -> READY. */
export const indexVideo = defineJob({ name: 'video:index', input: taskRun, about: taskId });
/** Embeds a video of a reindex anew, and does what comes next in the reindex. */
export const reindexVideo = defineJob({
  name: 'video:reindex',
  input: z.object({ reindexId: z.uuid(), videoId: z.uuid() }),
  about: all,
});
/** Removes an index's segments of a model that is not the index's any more. */
export const removeSegments = defineJob({
  name: 'segments:remove',
  input: z.object({ indexId: z.uuid(), model: z.string() }),
  about: all,
});
/** Downloads the video of an embedding task. */
export const fetchEmbeddingUrl = defineJob({
  name: 'embedding-url:fetch',
  input: embeddingRun,
  about: embeddingTaskId,
});
/** Checks, decodes and embeds the video of an embedding task: PROCESSING -> READY. */
export const embedVideo = defineJob({ name: 'video:embed', input: embeddingRun, about: embeddingTaskId });
/** Removes embedding tasks that have been kept long enough. */
export const sweepEmbeddingTasks = defineJob({ name: 'embedding-tasks:sweep', input: z.object({}), retries: 0 });
/** Removes the bytes of an asset that nothing refers to any more. */
export const removeAsset = defineJob({
  name: 'asset:remove',
  input: z.object({ sha256: z.hash('sha256') }),
  about: all,
});
/** Removes what killed processes left on the disk, and what is kept of flows without work. */
export const sweepStorage = defineJob({ name: 'storage:sweep', input: z.object({}), retries: 0 });

/** The lines in which the jobs of tasks wait for their turn. */
export const downloads: Line = { name: 'download', jobs: [fetchUrl] };
export const indexing: Line = { name: 'index', jobs: [validateVideo, indexVideo] };
export const embeddingDownloads: Line = { name: 'embedding-download', jobs: [fetchEmbeddingUrl] };
export const embedding: Line = { name: 'embed', jobs: [embedVideo] };
export const LINES = [downloads, indexing, embeddingDownloads, embedding];

export const ALL_JOBS = [
  fetchUrl,
  validateVideo,
  indexVideo,
  reindexVideo,
  removeSegments,
  removeAsset,
  sweepStorage,
  fetchEmbeddingUrl,
  embedVideo,
  sweepEmbeddingTasks,
];
