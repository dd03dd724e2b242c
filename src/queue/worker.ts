import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { JobDefinition } from './job.ts';
import { POLLING, queueName } from './queue-options.ts';

/** What a handler is given besides its input. */
export interface JobContext {
  /** Aborted when the worker shuts down or another has taken the job over. */
  signal: AbortSignal;
  log: Logger;
}

/** Does one job. A throw is a retry; it must leave nothing that a second run would stumble over. */
export type Handler<Input> = (input: Input, context: JobContext) => Promise<void>;

/** Starts one worker loop, which runs one job at a time. */
export async function startWorker<Input>(
  boss: PgBoss,
  log: Logger,
  job: JobDefinition<Input>,
  handler: Handler<Input>,
): Promise<void> {
  const id = await boss.work<object>(queueName(job), { batchSize: 1, ...POLLING }, async ([taken]) => {
    if (!taken) return;
    // A NOTIFY tells of one job, and wakes a loop that is busy to no effect. Looking again after every job drains a
    // backlog at once; the first empty look ends it.
    boss.notifyWorker(id);
    const child = log.child({ job: job.name, jobId: taken.id, try: taken.retryCount + 1 });
    try {
      await handler(job.input.parse(taken.data), { signal: taken.signal, log: child });
    } catch (error) {
      child.warn({ err: error }, 'job failed');
      throw error;
    }
  });
}
