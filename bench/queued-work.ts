import { createHash, randomUUID } from 'node:crypto';
import type { App } from '../src/app.ts';
import { createId } from '../src/db/ids.ts';
import { advance, type TaskRun } from '../src/domain/advance-task.ts';
import { createIndex } from '../src/domain/indexes.ts';
import { fetchUrl, indexVideo, validateVideo } from '../src/domain/jobs.ts';
import { queueTask } from '../src/domain/queue-task.ts';
import { completeTask } from '../src/domain/segments.ts';
import { createTask } from '../src/domain/tasks.ts';
import { runTaskJob } from '../src/jobs/task-job.ts';
import type { Handler } from '../src/queue/worker.ts';

/** Jobs that a process runs at once, of each kind. */
export const CONCURRENCY = 4;
const METADATA = { duration: 60, filename: 'clip.mp4', height: 480, width: 854, fps: 25, size: 1000 };

/** Work that waits in a queue, of which it is known when all of it is done. */
export interface QueuedWork {
  /** Adds so much work, and holds it back. */
  add(count: number): Promise<void>;
  /** Lets the workers have it. @returns seconds until all of it is done */
  drain(): Promise<number>;
  /** Adds one job where nothing waits. @returns milliseconds until its handler begins */
  start(): Promise<number>;
}

/** Holds work back until all of it is there, and counts what is done. */
export function createGate() {
  let opened = Promise.withResolvers<void>();
  let ended = Promise.withResolvers<void>();
  let left = 0;
  return {
    hold(count: number) {
      opened = Promise.withResolvers();
      ended = Promise.withResolvers();
      left = count;
    },
    passed: () => opened.promise,
    done() {
      left -= 1;
      if (left === 0) ended.resolve();
    },
    async drain() {
      const began = performance.now();
      opened.resolve();
      await ended.promise;
      return (performance.now() - began) / 1000;
    },
  };
}

/**
 * Jobs that have nothing to do, of whichever queue.
 * @param work starts workers that handle each job so
 * @param send enqueues one job
 */
export async function queueIdleJobs(
  work: (handle: () => Promise<void>) => Promise<unknown>,
  send: () => Promise<unknown>,
): Promise<QueuedWork> {
  const gate = createGate();
  let began = () => {};
  await work(async () => {
    began();
    await gate.passed();
    gate.done();
  });
  return {
    async add(count) {
      gate.hold(count);
      for (let n = 0; n < count; n++) await send();
    },
    drain: () => gate.drain(),
    async start() {
      gate.hold(1);
      const started = Promise.withResolvers<void>();
      began = started.resolve;
      const sent = performance.now();
      await send();
      await started.promise;
      const took = performance.now() - sent;
      await gate.drain();
      return took;
    },
  };
}

/** Those of our queue, each enqueued in a transaction with its row's turn. */
export function queueJobs({ db, queue }: App): Promise<QueuedWork> {
  return queueIdleJobs(
    (handle) => queue.work(fetchUrl, CONCURRENCY, handle),
    () => db.transaction((tx) => queue.enqueue(tx, fetchUrl, { id: createId(), attempt: 1 }, { turn: 1 })),
  );
}

/** Tasks whose stages are empty: all that a worker does with a task but to download, decode and embed it. */
export async function queueTasks(app: App): Promise<Omit<QueuedWork, 'start'>> {
  const gate = createGate();
  const { db, queue, models } = app;
  const index = await db.transaction(async (tx) => createIndex(tx, 'default', await models.list(), { name: 'queue' }));
  const validate: Handler<TaskRun> = async (run, context) => {
    await gate.passed();
    await runTaskJob(app, run, ['VALIDATING'], context, () =>
      db.transaction(async (tx) => {
        await queueTask(tx, queue, await advance(tx, run, 'VALIDATING', 'PENDING', { metadata: METADATA }));
      }),
    );
  };
  const embed: Handler<TaskRun> = async (run, context) => {
    await runTaskJob(app, run, ['PENDING'], context, async () => {
      await db.statement((tx) => advance(tx, run, 'PENDING', 'QUEUED'));
      await db.statement((tx) => advance(tx, run, 'QUEUED', 'INDEXING'));
      await db.transaction((tx) => completeTask(tx, run, { index, thumbnail: null, segments: [] }));
    });
    gate.done();
  };
  await queue.work(validateVideo, CONCURRENCY, validate);
  await queue.work(indexVideo, CONCURRENCY, embed);
  return {
    async add(count) {
      gate.hold(count);
      for (let n = 0; n < count; n++) {
        const sha256 = createHash('sha256').update(randomUUID()).digest('hex');
        const source = { asset: { sha256, size: 1000 }, filename: 'clip.mp4' };
        await db.transaction((tx) =>
          createTask(tx, queue, 'default', { indexId: index.id, source, inputDigest: sha256 }),
        );
      }
    },
    drain: () => gate.drain(),
  };
}
