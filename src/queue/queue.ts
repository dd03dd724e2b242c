import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss, type Queue as QueueOptions } from 'pg-boss';
import type { Logger } from 'pino';
import { NIL } from 'uuid';
import type { Connection, Database, Transaction } from '../db/client.ts';
import { contextOf, withContext } from '../telemetry/carried-context.ts';
import { runInContext } from '../telemetry/request-context.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import type { JobDefinition } from './job.ts';
import {
  buriedJob,
  DEAD_LETTER_OPTIONS,
  DEAD_LETTERS,
  type DeadLetter,
  jobName,
  lookEvery,
  queueName,
  queueOptions,
  superviseEvery,
} from './queue-options.ts';
import { type Handler, type Loops, spanOptions, startLoop, startWorker } from './worker.ts';

/** Milliseconds, below which pg-boss does not go. */
const SHORTEST_GRACE = 1_000;

/** How many jobs of a kind wait, wait for a time (a retry's pause among them), run, or have failed in the last day. */
export interface JobCount {
  /** `noun:verb`, or that of the dead letters. */
  job: string;
  states: Record<'ready' | 'deferred' | 'active' | 'failed', number>;
}

/** The job queue: pg-boss on the project's own database. */
export interface Queue {
  /** Connects, and creates the queues of these jobs or brings them up to date. Safe in several processes at once. */
  start(jobs: readonly Pick<JobDefinition<unknown>, 'name' | 'retries'>[]): Promise<void>;
  /**
   * Adds a job within the transaction: no row without its job, no job without its row.
   * @param options.turn whole number from 0; of the jobs of a kind those with smaller ones run first, and 0 unless given
   * @param options.after seconds for which it is not to run yet
   */
  enqueue<Input>(
    tx: Transaction,
    job: JobDefinition<Input>,
    input: Input,
    options?: { turn?: number; after?: number },
  ): Promise<void>;
  /** The smallest turn of the jobs of these kinds that wait, or undefined when none does. */
  firstTurn(db: Connection, jobs: readonly { name: string }[]): Promise<number | undefined>;
  /** Runs jobs of this kind in this process, `concurrency` at once. */
  work<Input>(job: JobDefinition<Input>, concurrency: number, handler: Handler<Input>): Promise<void>;
  /** Receives the jobs that used up their retries. */
  bury(handler: (letter: DeadLetter) => Promise<void>): Promise<void>;
  /** Enqueues a job at every match of a cron expression (UTC), once for all processes. */
  schedule<Input extends object>(job: JobDefinition<Input>, cron: string, input: Input): Promise<void>;
  /** The jobs of all processes that are not done, as they were counted in the last seconds. */
  count(): Promise<JobCount[]>;
  /** Whether the queue is started and its database answers. */
  isReady(): Promise<boolean>;
  /**
   * Takes no more jobs, waits `grace` milliseconds (at least a second) for the running ones, then hands them back to be
   * retried, aborts their signals, and waits as long again for their handlers to end.
   */
  stop(grace: number): Promise<void>;
}

/** Prepares the queue; nothing runs before `start`. */
export function createQueue(database: Database, log: Logger, telemetry: Telemetry = createTelemetry()): Queue {
  const { metrics, tracing } = telemetry;
  const supervised = superviseEvery(database.kind);
  const boss = new PgBoss({
    ...database.boss,
    useListenNotify: true,
    superviseIntervalSeconds: supervised,
    monitorIntervalSeconds: supervised,
    maintenanceIntervalSeconds: 600,
    monitorVacuum: false,
    max: 10,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue error'));
  boss.on('warning', (warning) => log.warn({ warning }, 'queue warning'));
  const loops: Loops = { boss, log, telemetry, lookEvery: lookEvery(database.kind), running: new Set() };
  let started = false;

  async function prepare(name: string, options: Omit<QueueOptions, 'name' | 'partition'>, partition: boolean) {
    await boss.createQueue(name, { ...options, partition });
    await boss.updateQueue(name, options);
    // Makes pg-boss read what it has to know of the queue. It would else do so at the first `enqueue`, on another
    // connection than the transaction's, and PGlite has only one.
    await boss.getJobById(name, NIL);
  }

  /** What a dead process of this database was working on, where no other one can be. */
  async function handBackOrphans(name: string): Promise<void> {
    const orphans = await database.orm
      .select({ id: sql<string>`id` })
      .from(sql`pgboss.job`)
      .where(sql`name = ${name} and state = 'active'`);
    if (orphans.length === 0) return;
    const ids = orphans.map(({ id }) => id);
    log.info({ queue: name, jobs: orphans.length }, 'jobs of a process that died are tried again');
    await boss.fail(name, ids, { message: 'the process died' });
  }

  return {
    async start(jobs) {
      await boss.start();
      await prepare(DEAD_LETTERS, DEAD_LETTER_OPTIONS, false);
      // A partition for each: the shared table is ten times slower before it is analysed.
      for (const job of jobs) await prepare(queueName(job), queueOptions(job), true);
      if (database.kind === 'pglite')
        for (const name of [DEAD_LETTERS, ...jobs.map(queueName)]) await handBackOrphans(name);
      started = true;
    },
    async enqueue(tx, job, input, { turn = 0, after = 0 } = {}) {
      const parsed = job.input.parse(input);
      const id = await telemetry.span(`send ${job.name}`, spanOptions('send', job), () =>
        boss.send(queueName(job), withContext(tracing, parsed as object), {
          // A retry keeps it.
          priority: -turn,
          ...(after > 0 && { startAfter: after }),
          db: fromDrizzle(tx.orm as unknown as Parameters<typeof fromDrizzle>[0], sql),
        }),
      );
      metrics.enqueued.inc({ job: job.name });
      log.debug({ job: job.name, jobId: id, ...job.about(parsed) }, 'job enqueued');
    },
    async firstTurn(db, jobs) {
      // As pg-boss takes the next job of a queue, by the same index.
      const waiting = jobs.map(
        (job) => sql`(select -priority as turn from pgboss.job
          where name = ${queueName(job)} and state < 'active' and not blocked and start_after <= now()
          order by priority desc, created_on limit 1)`,
      );
      const [first] = await db.orm
        .select({ turn: sql<number | null>`min(turn)` })
        .from(sql`(${sql.join(waiting, sql` union all `)}) as firsts`);
      return first?.turn ?? undefined;
    },
    async work(job, concurrency, handler) {
      for (let n = 0; n < concurrency; n += 1) await startWorker(loops, job, handler);
    },
    async bury(handler) {
      await startLoop(loops, DEAD_LETTERS, (job) =>
        runInContext(contextOf(tracing, job.data), async () => {
          const letter = buriedJob(job);
          await handler(letter);
          metrics.jobsGivenUp.inc({ job: letter.job });
        }),
      );
    },
    async schedule(job, cron, input) {
      await boss.schedule(queueName(job), cron, job.input.parse(input));
    },
    async count() {
      const queues = await boss.getQueues();
      const own = queues.filter(({ name }) => !name.startsWith('__pgboss__'));
      return own.map(({ name, readyCount, deferredCount, activeCount, failedCount }) => ({
        job: jobName(name),
        states: { ready: readyCount, deferred: deferredCount, active: activeCount, failed: failedCount },
      }));
    },
    async isReady() {
      return started && (await boss.isInstalled());
    },
    async stop(grace) {
      started = false;
      const timeout = Math.max(grace, SHORTEST_GRACE);
      await boss.stop({ graceful: true, timeout, close: false });
      await Promise.race([Promise.allSettled(loops.running), wait(timeout, undefined, { ref: false })]);
      await boss.stop({ close: true });
    },
  };
}
