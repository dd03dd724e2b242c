import type { App } from '../app.ts';
import type { EmbeddingTaskRow } from '../db/schema.ts';
import {
  type EmbeddingStage,
  endEmbeddingTask,
  findEmbeddingRun,
  noteEmbeddingTask,
  progressOf,
} from '../domain/advance-embedding-task.ts';
import { StaleTaskError } from '../domain/advance-task.ts';
import type { JobContext } from '../queue/worker.ts';
import { TaskFailedError } from './task-job.ts';
import { watchWork } from './watch-work.ts';

/** What the work on an embedding task is done with. */
export interface EmbeddingWork {
  /** The task as it was when the job began. */
  task: EmbeddingTaskRow;
  /** Aborted when the task is canceled or deleted, and when the worker stops. */
  signal: AbortSignal;
  /** What says how much of a stage is done, 0 to 1. */
  reportOf(stage: EmbeddingStage): (fraction: number) => void;
}

/**
 * Runs a job's work on an embedding task that is PROCESSING; does nothing when its work is over. A TaskFailedError ends
 * the task as FAILED; work that was overtaken by a cancel ends quietly; anything else is thrown, for the queue to try
 * again: also a step that another worker, which held the job for dead or was held for it, has taken first.
 */
export async function runEmbeddingTaskJob(
  app: App,
  id: string,
  context: JobContext,
  work: (work: EmbeddingWork) => Promise<void>,
): Promise<void> {
  const task = await findEmbeddingRun(app.db, id);
  if (task?.status !== 'PROCESSING') return;
  const row = {
    listen: (changed: () => void) =>
      app.events.subscribe('embedding-task:changed', (hint) => {
        if (hint === 'missed' || hint.embeddingTaskId === id) changed();
      }),
    isWanted: async () => (await findEmbeddingRun(app.db, id))?.status === 'PROCESSING',
    note: async (progress: number) => {
      await app.db.statement((tx) => noteEmbeddingTask(tx, id, { progress }));
    },
  };
  const watch = watchWork(row, `embedding task ${id}`, context);
  const reportOf = (stage: EmbeddingStage) => (fraction: number) => watch.report(progressOf(stage, fraction));
  try {
    await work({ task, signal: watch.signal, reportOf });
  } catch (error) {
    if (await watch.isOvertaken()) return context.log.info({ embeddingTask: id }, 'embedding task overtaken');
    if (!(error instanceof TaskFailedError)) throw error;
    await failEmbeddingTask(app, id, error);
    context.log.info({ embeddingTask: id, failure: error.failure }, 'embedding task failed');
  } finally {
    await watch.stop();
  }
}

/** Ends an embedding task as FAILED; does nothing when its work is over. */
export async function failEmbeddingTask(
  app: App,
  id: string,
  { failure, metadata }: Pick<TaskFailedError, 'failure'> & Partial<TaskFailedError>,
): Promise<void> {
  await app.db
    .transaction((tx) => endEmbeddingTask(tx, app.queue, id, 'FAILED', { failure, metadata }))
    .catch((error) => {
      if (!(error instanceof StaleTaskError)) throw error;
    });
}
