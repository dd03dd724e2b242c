import type { TaskRow } from '../db/schema.ts';
import { findIndex } from '../domain/indexes.ts';
import { listCurrentTasks, listTransitions } from '../domain/task-lists.ts';
import { findTasks } from '../domain/tasks.ts';
import { NotFoundError } from '../errors.ts';
import { type Context, forgetLoaded } from './context.ts';
import { createLiveStream } from './live-stream.ts';
import { hasNews, newsOf, type Told } from './task-versions.ts';

/** Tasks that are looked at together. */
const MOST_TASKS = 100;

/**
 * The tasks of an index as they are, then each of them, and each new one, in every state that it enters: in order and
 * without gaps for each task. Ends only when the index is deleted.
 * @throws NotFoundError
 */
export async function watchTasks(context: Context, indexId: string): Promise<AsyncIterableIterator<TaskRow>> {
  const { app, tenant } = context;
  const { db } = app;
  const isThere = async () => (await db.steadily(() => findIndex(db, tenant, indexId))) !== undefined;
  const changed = new Set<string>();
  let missed = false;
  const stream = createLiveStream<TaskRow>(
    (wake) =>
      app.events.subscribe('task:changed', (hint) => {
        if (hint === 'missed') missed = true;
        else if (hint.indexId === indexId) changed.add(hint.taskId);
        else return;
        wake();
      }),
    async function* (changes) {
      const told = new Map<string, Told>();
      for (const task of await db.steadily(() => listCurrentTasks(db, tenant, indexId))) {
        told.set(task.id, toldOf(task));
        forgetLoaded(context);
        yield task;
      }
      while (await changes.next()) {
        if (missed) {
          missed = false;
          for (const id of await db.steadily(() => findMissed(context, indexId, told))) changed.add(id);
        }
        while (changed.size > 0) {
          const ids = [...changed].slice(0, MOST_TASKS);
          for (const id of ids) changed.delete(id);
          for (const news of await db.steadily(() => readNews(context, ids, told))) {
            told.set(news.id, toldOf(news));
            forgetLoaded(context);
            yield news;
          }
        }
        if (!(await isThere())) return;
      }
    },
  );
  try {
    if (!(await isThere())) throw new NotFoundError('No such index.');
    return stream;
  } catch (error) {
    await stream.return?.();
    throw error;
  }
}

function toldOf({ version, progress }: TaskRow): Told {
  return { version, progress };
}

/** Which tasks have news after hints were lost. Forgets those that ended so long ago that a new subscriber is not told. */
async function findMissed(
  { app, tenant }: Context,
  indexId: string,
  told: Map<string, Told>,
): Promise<readonly string[]> {
  const current = await listCurrentTasks(app.db, tenant, indexId);
  const listed = new Set(current.map(({ id }) => id));
  const gone = [...told.keys()].filter((id) => !listed.has(id));
  const ended = await findTasks(app.db, tenant, gone);
  const news = [...current, ...ended].filter((task) => {
    const before = told.get(task.id);
    return !before || hasNews(task, before);
  });
  const unsaid = new Set(news.map(({ id }) => id));
  for (const id of gone) if (!unsaid.has(id)) told.delete(id);
  return [...unsaid];
}

/** What is new of these tasks, in the order of its happening. */
async function readNews(context: Context, ids: readonly string[], told: Map<string, Told>): Promise<TaskRow[]> {
  const { app, tenant } = context;
  const tasks = await findTasks(app.db, tenant, ids);
  const before = (task: TaskRow) => told.get(task.id) ?? { version: 0, progress: 0 };
  const moved = tasks.filter((task) => task.version > before(task).version);
  const since = Math.min(...moved.map((task) => before(task).version));
  const ofMoved = moved.map(({ id }) => id);
  const transitions = moved.length > 0 ? await listTransitions(app.db, ofMoved, since) : [];
  const byTask = Map.groupBy(transitions, ({ taskId }) => taskId);
  const news = tasks.flatMap((task) => {
    const own = byTask.get(task.id) ?? [];
    // A task that is unknown here is new, or ended long ago and was begun anew: what it did before is old news.
    const fresh = told.has(task.id) ? own : own.filter(({ attempt }) => attempt === task.attempt);
    return newsOf(task, fresh, before(task));
  });
  return news.sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || a.version - b.version);
}
