import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { JobDefinition } from './job.ts';
import { queueName } from './queue-options.ts';

/** What a handler is given besides its input. */
export interface JobContext {
  /** Aborted when the worker shuts down or another has taken the job over. */
  signal: AbortSignal;
  log: Logger;
}

/** Does one job. A throw is a retry; it must leave nothing that a second run would stumble over. */
export type Handler<Input> = (input: Input, context: JobContext) => Promise<void>;

/** What the loops of a queue share. */
export interface Loops {
  boss: PgBoss;
  log: Logger;
  /** Seconds between two looks for jobs that no NOTIFY asked for. */
  lookEvery: number;
  /** The work that has not ended. */
  running: Set<Promise<void>>;
}

/** Starts one loop over a queue, which handles one job at a time. */
export async function startLoop(
  { boss, lookEvery, running }: Loops,
  queue: string,
  handle: (job: JobWithMetadata<unknown>) => Promise<void>,
): Promise<void> {
  const looks = { pollingIntervalSeconds: lookEvery, notifyPollingIntervalSeconds: lookEvery };
  const id = await boss.work(queue, { batchSize: 1, includeMetadata: true, ...looks }, async ([taken]) => {
    if (!taken) return;
    // A NOTIFY tells of one job, and wakes a loop that is busy to no effect. Looking again after every job drains a
    // backlog at once; the first empty look ends it.
    boss.notifyWorker(id);
    const work = handle(taken);
    running.add(work);
    await work.finally(() => running.delete(work));
  });
}

/** Starts one loop that parses the jobs' input and logs what they throw. */
export async function startWorker<Input>(
  loops: Loops,
  job: JobDefinition<Input>,
  handler: Handler<Input>,
): Promise<void> {
  await startLoop(loops, queueName(job), async (taken) => {
    const child = loops.log.child({ job: job.name, jobId: taken.id, try: taken.retryCount + 1 });
    try {
      await handler(job.input.parse(taken.data), { signal: taken.signal, log: child });
    } catch (error) {
      child.warn({ err: error }, 'job failed');
      throw error;
    }
  });
}
