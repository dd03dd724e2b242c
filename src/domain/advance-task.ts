import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Connection, Transaction } from '../db/client.ts';
import { type TaskRow, type TransitionRow, tasks, transitions } from '../db/schema.ts';
import type { TaskFailure, TaskStatus, VideoMetadata } from '../db/values.ts';
import { emitChange } from '../events/topics.ts';
import { type Asset, claimAsset } from './assets.ts';
import { isRetry, mayStep, progressWithin } from './task-states.ts';

/** One run of a task: a retry is another attempt, and what is left of the former one must not touch it. */
export interface TaskRun {
  id: string;
  attempt: number;
}

/** The task is not, or no longer, where the caller believes it to be: canceled, retried or deleted meanwhile. */
export class StaleTaskError extends Error {
  override name = 'StaleTaskError';
}

/** Now, or at least a millisecond after a time: it changes with every transition. */
export function laterThan(time: PgColumn): SQL {
  return sql`greatest(clock_timestamp(), ${time} + interval '1 millisecond')`;
}

/** What a transition changes besides the state. */
export interface TaskChanges {
  failure?: TaskFailure;
  metadata?: VideoMetadata;
  /** Bytes that have arrived. They are claimed here, after the row is locked: deletions lock in the same order. */
  asset?: Asset;
}

const COLUMNS = getTableColumns(tasks);
const { id, version, attempt, status, progress, failure, updatedAt } = COLUMNS;
const STATE = { taskId: id, version, attempt, status, progress, failure, at: updatedAt };
/** What the history has of a task. */
const RECORDED: Record<keyof TransitionRow, PgColumn> = STATE;
const names = (columns: PgColumn[]) => columns.map(({ name }) => name).join();
/** As a text: for Drizzle to put together what is always the same took half of what the whole statement did. */
const RECORD = sql.raw(`
  insert into transitions (${names(Object.keys(RECORDED).map((key) => transitions[key as keyof TransitionRow]))})
  select ${names(Object.values(RECORDED))} from advanced`);

/**
 * The one way in which a task changes its state: locks the row, refuses a step that is not allowed, counts the
 * version up, appends to the history, and tells the subscribers after the commit. All of it is one statement, as an
 * update looks at its condition again once it has the row's lock; of a task's time without its stages the trips to the
 * database were most.
 * @throws StaleTaskError when the task is gone, is in another attempt, or is not in the state `from`
 */
export async function advance(
  tx: Transaction,
  run: TaskRun,
  from: TaskStatus,
  to: TaskStatus,
  { failure, metadata, asset }: TaskChanges = {},
): Promise<TaskRow> {
  if (!mayStep(from, to)) throw new Error(`a task cannot go from ${from} to ${to}`);
  const stands = and(eq(tasks.id, run.id), eq(tasks.attempt, run.attempt), eq(tasks.status, from));
  const stale = () => new StaleTaskError(`task ${run.id}, attempt ${run.attempt}, is not ${from}`);
  if (asset) {
    const [locked] = await tx.orm.select({ id: tasks.id }).from(tasks).where(stands).for('update');
    if (!locked) throw stale();
    await claimAsset(tx, asset);
  }
  const again = isRetry(from);
  const begin = progressWithin(to, 0);
  const update = tx.orm
    .update(tasks)
    .set({
      ...(metadata && { metadata }),
      ...(asset && { asset: asset.sha256 }),
      failure: failure ?? null,
      status: to,
      version: sql`${tasks.version} + 1`,
      ...(again && { attempt: sql`${tasks.attempt} + 1` }),
      ...(begin !== undefined && {
        progress: again ? begin : sql`greatest(${tasks.progress}, ${begin}::double precision)`,
      }),
      updatedAt: laterThan(tasks.updatedAt),
    })
    .where(stands);
  const advanced = tx.orm.$with('advanced', COLUMNS).as(sql`${update.getSQL()} returning *`);
  const recorded = tx.orm.$with('recorded', {}).as(RECORD);
  const [task] = await tx.orm.with(advanced, recorded).select().from(advanced);
  if (!task) throw stale();
  emitChange(tx, 'task:changed', { taskId: task.id, indexId: task.indexId });
  return task;
}

/** Appends the state that a task has just entered to its history. */
export async function recordTransition(tx: Transaction, task: TaskRow): Promise<void> {
  const { version, attempt, status, progress, failure, updatedAt } = task;
  await tx.orm
    .insert(transitions)
    .values({ taskId: task.id, version, attempt, status, progress, failure, at: updatedAt });
  emitChange(tx, 'task:changed', { taskId: task.id, indexId: task.indexId });
}

/**
 * Notes how much of its state's work a task has done; subscribers hear of it, the history does not.
 * @param fraction 0 to 1, of the work in the state `status`
 * @throws StaleTaskError when the task is no longer in that state
 */
export async function reportProgress(
  tx: Transaction,
  run: TaskRun,
  status: TaskStatus,
  fraction: number,
): Promise<void> {
  const progress = progressWithin(status, fraction) ?? 0;
  const [task] = await tx.orm
    .update(tasks)
    .set({ progress: sql`greatest(${tasks.progress}, ${progress}::double precision)` })
    .where(and(eq(tasks.id, run.id), eq(tasks.attempt, run.attempt), eq(tasks.status, status)))
    .returning({ indexId: tasks.indexId });
  if (!task) throw new StaleTaskError(`task ${run.id}, attempt ${run.attempt}, is not ${status}`);
  emitChange(tx, 'task:changed', { taskId: run.id, indexId: task.indexId });
}

/**
 * The task of a run as it is now, or undefined when it is gone or in another attempt.
 * @param options.lock keeps it as it is until the transaction ends
 */
export async function findRun(
  db: Connection,
  run: TaskRun,
  options: { lock?: boolean } = {},
): Promise<TaskRow | undefined> {
  const query = db.orm
    .select()
    .from(tasks)
    .where(and(eq(tasks.id, run.id), eq(tasks.attempt, run.attempt)));
  const [task] = await (options.lock ? query.for('update') : query);
  return task;
}
