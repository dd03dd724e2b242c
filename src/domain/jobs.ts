import { z } from 'zod';
import { defineJob } from '../queue/job.ts';

/** The declarations of all jobs; what they do is in `src/jobs`. */

const taskRun = z.object({ id: z.uuid(), attempt: z.int().positive() });

/** Downloads the video of a task: UPLOADING -> VALIDATING. */
export const fetchUrl = defineJob({ name: 'url:fetch', input: taskRun });
/** Checks the file against the index's policy and leaves its proxy: VALIDATING -> PENDING. */
export const validateVideo = defineJob({ name: 'video:validate', input: taskRun });
/** Embeds the proxy: PENDING -> QUEUED -> INDEXING -> READY. */
export const indexVideo = defineJob({ name: 'video:index', input: taskRun });
/** Removes the bytes of an asset that nothing refers to any more. */
export const removeAsset = defineJob({ name: 'asset:remove', input: z.object({ sha256: z.hash('sha256') }) });
/** Removes what killed processes left on the disk. */
export const sweepStorage = defineJob({ name: 'storage:sweep', input: z.object({}), retries: 0 });

export const ALL_JOBS = [fetchUrl, validateVideo, indexVideo, removeAsset, sweepStorage];
