import type { JobWithMetadata, Queue } from 'pg-boss';
import type { Database } from '../db/client.ts';
import { withoutContext } from '../telemetry/carried-context.ts';
import type { JobDefinition } from './job.ts';

/** Where jobs end that used up their retries. */
export const DEAD_LETTERS = 'dead-letters';

/** Seconds without a sign of life after which a worker counts as dead and its jobs are taken over. */
const HEARTBEAT = 10;
/** Seconds that a job may run; only there to end what hangs, as dead workers are found by their heartbeat. */
const LONGEST_RUN = 12 * 60 * 60;

/**
 * Seconds between two looks for jobs that nobody asked for, which find retries that fell due and what a lost NOTIFY told
 * of. On Postgres a job goes on within 14 s of its worker's death: the heartbeat, one look for the dead, at most 2 s
 * until the retry is due, one look for jobs. Within the process a look costs more.
 */
export function lookEvery(kind: Database['kind']): number {
  return kind === 'postgres' ? 1 : 2;
}

/**
 * Seconds between two looks for dead workers, which count the jobs too. Within the process there is no other worker, and
 * what a dead process left is handed back at the start; such looks were half of what an idle server did.
 */
export function superviseEvery(kind: Database['kind']): number {
  return kind === 'postgres' ? 1 : 10;
}

/** pg-boss's name of a job's queue: it takes no colon. */
export function queueName(job: { name: string }): string {
  return job.name.replace(':', '.');
}

/** The reverse of `queueName`. */
export function jobName(queue: string): string {
  return queue.replace('.', ':');
}

type Options = Omit<Queue, 'name' | 'partition'>;

const COMMON: Options = {
  notify: true,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  heartbeatSeconds: HEARTBEAT,
  expireInSeconds: LONGEST_RUN,
  deleteAfterSeconds: 24 * 60 * 60,
};

/** What becomes of a kind of job. */
export function queueOptions(job: Pick<JobDefinition<unknown>, 'retries'>): Options {
  return { ...COMMON, retryLimit: job.retries, deadLetter: DEAD_LETTERS };
}

/** What becomes of a dead letter, which nothing else catches: some two hours of tries. */
export const DEAD_LETTER_OPTIONS: Options = { ...COMMON, retryLimit: 120 };

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
  return { job: jobName(job.sourceName ?? ''), input: withoutContext(job.data), cause: job.sourceOutput };
}
