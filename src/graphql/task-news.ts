import type { Database } from '../db/client.ts';
import type { TaskRow, TransitionRow } from '../db/schema.ts';
import { listTransitions } from '../domain/task-lists.ts';
import { findTasks } from '../domain/tasks.ts';
import { createSharedFinder, createSharedLoader } from './shared-loader.ts';
import { newsOf, type Told } from './task-versions.ts';

/** A task as it is now; the same object for all who ask in the same turn. */
export const findTask = createSharedFinder<TaskRow>(findTasks);

const transitionsSince = createSharedLoader<{ id: string; version: number }, TransitionRow[]>(
  ({ id, version }) => `${id} ${version}`,
  async (db, asked) => {
    const ids = [...new Set(asked.map(({ id }) => id))];
    const found = await listTransitions(db, ids, Math.min(...asked.map(({ version }) => version)));
    const byTask = Map.groupBy(found, ({ taskId }) => taskId);
    return asked.map(({ id, version }) => (byTask.get(id) ?? []).filter((one) => one.version > version));
  },
);

const known = new WeakMap<TaskRow, Map<string, Promise<TaskRow[]>>>();

/**
 * What to tell a subscriber of a task; the same objects for all who have the same task and were told the same of it.
 * @param told undefined where the task is unknown: then it is new, or ended long ago and was begun anew, and what it did
 *   before is old news
 */
export function readNews(db: Database, task: TaskRow, told: Told | undefined): Promise<TaskRow[]> {
  const news = known.get(task) ?? new Map<string, Promise<TaskRow[]>>();
  known.set(task, news);
  const key = told ? `${told.version} ${told.progress}` : '';
  const found = news.get(key) ?? readOwnNews(db, task, told);
  news.set(key, found);
  return found;
}

async function readOwnNews(db: Database, task: TaskRow, told: Told | undefined): Promise<TaskRow[]> {
  const before = told ?? { version: 0, progress: 0 };
  if (task.version <= before.version) return newsOf(task, [], before);
  const transitions = await transitionsSince(db, { id: task.id, version: before.version });
  const fresh = told ? transitions : transitions.filter(({ attempt }) => attempt === task.attempt);
  return newsOf(task, fresh, before);
}
