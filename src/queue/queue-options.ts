import type { JobWithMetadata, Queue } from 'pg-boss';
import type { JobDefinition } from './job.ts';

/** Where jobs end that used up their retries. */
export const DEAD_LETTERS = 'dead-letters';

/** Seconds without a sign of life after which a worker counts as dead and its jobs are taken over. */
const HEARTBEAT = 10;
/** Seconds that a job may run; only there to end what hangs, as dead workers are found by their heartbeat. */
const LONGEST_RUN = 12 * 60 * 60;

/** Seconds between looks that no NOTIFY asked for: they find retries that fell due, and whatever a lost NOTIFY told of. */
export const POLLING = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2 };

/** pg-boss's name of a job's queue: it takes no colon. */
export function queueName(job: { name: string }): string {
  return job.name.replace(':', '.');
}

/** A partition and a NOTIFY of its own for each queue: the shared table is ten times slower before it is analysed. */
export function queueOptions(job: Pick<JobDefinition<unknown>, 'retries'>): Omit<Queue, 'name'> {
  return {
    partition: true,
    notify: true,
    retryLimit: job.retries,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    heartbeatSeconds: HEARTBEAT,
    expireInSeconds: LONGEST_RUN,
    deleteAfterSeconds: 24 * 60 * 60,
    deadLetter: DEAD_LETTERS,
  };
}

/** A job that used up its retries. */
export interface DeadLetter {
  /** `noun:verb` of the job. */
  job: string;
  input: unknown;
  /** What the last try threw, as pg-boss kept it. */
  cause: unknown;
}

/** Reads a dead letter out of the job that pg-boss made for it. */
export function buriedJob(job: JobWithMetadata<unknown>): DeadLetter {
  return { job: (job.sourceName ?? '').replace('.', ':'), input: job.data, cause: job.sourceOutput };
}
