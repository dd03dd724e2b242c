import type { App } from '../app.ts';
import type { TaskRow } from '../db/schema.ts';
import type { TaskFailure, TaskStatus, VideoMetadata } from '../db/values.ts';
import { advance, findRun, reportProgress, StaleTaskError, type TaskRun } from '../domain/advance-task.ts';
import { isTerminal } from '../domain/task-states.ts';
import type { JobContext } from '../queue/worker.ts';
import { type Watch, type WatchedRow, watchWork } from './watch-work.ts';

/** The task cannot become READY, for a reason that its owner is told. */
export class TaskFailedError extends Error {
  override name = 'TaskFailedError';
  readonly failure: TaskFailure;
  /** What was found out about the video before it failed. */
  readonly metadata: VideoMetadata | undefined;

  constructor(failure: TaskFailure, metadata?: VideoMetadata) {
    super(failure.message);
    this.failure = failure;
    this.metadata = metadata;
  }
}

/** What the work on a task is done with. */
export interface TaskWork {
  /** The task as it was when the job began. */
  task: TaskRow;
  /** Aborted when the task is canceled, retried or deleted, and when the worker stops. */
  signal: AbortSignal;
  /** Says how much of the present state's work is done, 0 to 1. */
  report(fraction: number): void;
}

/**
 * Runs a job's work on a task in one of the states `from`; does nothing when the task is elsewhere. A TaskFailedError
 * ends the task as FAILED; work that was overtaken by a cancel, retry or delete ends quietly; anything else is thrown,
 * for the queue to try again: also a step that another worker, which held the job for dead or was held for it, has
 * taken first. That one may end without finishing what it began.
 */
export async function runTaskJob(
  app: App,
  run: TaskRun,
  from: readonly TaskStatus[],
  context: JobContext,
  work: (work: TaskWork) => Promise<void>,
): Promise<void> {
  const task = await findRun(app.db, run);
  if (!task || !from.includes(task.status)) return;
  const watch = watchTask(app, run, from, context);
  try {
    await work({ task, signal: watch.signal, report: watch.report });
  } catch (error) {
    const stale = error instanceof StaleTaskError && !(await isWaiting(app, run, from));
    if (stale || (await watch.isOvertaken())) return context.log.info({ task: run }, 'task overtaken');
    if (!(error instanceof TaskFailedError)) throw error;
    await failTask(app, run, error);
    context.log.info({ task: run, failure: error.failure }, 'task failed');
  } finally {
    await watch.stop();
  }
}

/** Whether the task is still in a state that the job is to take it out of. */
async function isWaiting(app: App, run: TaskRun, from: readonly TaskStatus[]): Promise<boolean> {
  const task = await findRun(app.db, run);
  return task !== undefined && from.includes(task.status);
}

/** Ends a task as FAILED, in whatever state it is; does nothing when its work is over. */
export async function failTask(
  app: App,
  run: TaskRun,
  { failure, metadata }: Pick<TaskFailedError, 'failure'> & Partial<TaskFailedError>,
): Promise<void> {
  await app.db.transaction(async (tx) => {
    const task = await findRun(tx, run, { lock: true });
    if (task && !isTerminal(task.status))
      await advance(tx, run, task.status, 'FAILED', { failure, ...(metadata && { metadata }) });
  });
}

function watchTask(app: App, run: TaskRun, from: readonly TaskStatus[], context: JobContext): Watch {
  const row: WatchedRow = {
    listen: (changed) =>
      app.events.subscribe('task:changed', (hint) => {
        if (hint === 'missed' || hint.taskId === run.id) changed();
      }),
    async isWanted() {
      const task = await findRun(app.db, run);
      return task !== undefined && task.status !== 'CANCELED';
    },
    note: (fraction) =>
      app.db.transaction(async (tx) => {
        const task = await findRun(tx, run);
        // Written late, it must not count as progress of the next state.
        if (task && from.includes(task.status)) await reportProgress(tx, run, task.status, fraction);
      }),
  };
  return watchWork(row, `task ${run.id}`, context);
}
