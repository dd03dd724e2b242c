import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { contextOf } from '../telemetry/carried-context.ts';
import { secondsSince } from '../telemetry/duration.ts';
import { runInContext } from '../telemetry/request-context.ts';
import type { SpanOptions, Telemetry } from '../telemetry/telemetry.ts';
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
  telemetry: Telemetry;
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

/** Starts one loop that parses the jobs' input, logs how they end, measures and traces them. */
export async function startWorker<Input>(
  loops: Loops,
  job: JobDefinition<Input>,
  handler: Handler<Input>,
): Promise<void> {
  const { tracing } = loops.telemetry;
  await startLoop(loops, queueName(job), (taken) =>
    runInContext(contextOf(tracing, taken.data), () => runJob(loops, job, taken, handler)),
  );
}

async function runJob<Input>(
  { log, telemetry }: Loops,
  job: JobDefinition<Input>,
  taken: JobWithMetadata<unknown>,
  handler: Handler<Input>,
): Promise<void> {
  let child = log.child({ job: job.name, jobId: taken.id, try: taken.retryCount + 1 });
  const started = performance.now();
  let outcome = 'failed';
  try {
    await telemetry.span(`process ${job.name}`, spanOptions('process', job, taken.id), async (span) => {
      const input = job.input.parse(taken.data);
      const about = job.about(input);
      span.set(Object.fromEntries(Object.entries(about).map(([id, value]) => [`reelgraph.${id}`, value])));
      child = child.child(about);
      await handler(input, { signal: taken.signal, log: child });
      // What comes by the clock and finds nothing to do is not worth a line.
      child[Object.keys(about).length > 0 ? 'info' : 'debug']({ seconds: secondsSince(started) }, 'job done');
    });
    outcome = 'done';
  } catch (error) {
    child.warn({ err: error, seconds: secondsSince(started) }, 'job failed');
    throw error;
  } finally {
    telemetry.metrics.jobs.observe({ job: job.name, outcome }, secondsSince(started));
  }
}

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export function spanOptions(operation: 'send' | 'process', job: { name: string }, jobId?: string): SpanOptions {
  return {
    kind: operation === 'send' ? 'producer' : 'consumer',
    attributes: {
      'messaging.system': 'pg-boss',
      'messaging.operation.type': operation,
      'messaging.operation.name': operation,
      'messaging.destination.name': job.name,
      ...(jobId && { 'messaging.message.id': jobId }),
    },
  };
}
