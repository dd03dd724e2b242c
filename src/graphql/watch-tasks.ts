import type { Database } from '../db/client.ts';
import type { TaskRow } from '../db/schema.ts';
import { findIndexes } from '../domain/indexes.ts';
import { listCurrentTasks } from '../domain/task-lists.ts';
import { NotFoundError } from '../errors.ts';
import type { Context } from './context.ts';
import { createLiveStream } from './live-stream.ts';
import { asError, createSharedFinder, createSharedLoader } from './shared-loader.ts';
import { findTask, readNews } from './task-news.ts';
import { hasNews, type Told } from './task-versions.ts';

/** Tasks that are looked at together. */
const MOST_TASKS = 100;

const findIndex = createSharedFinder(findIndexes);

const currentTasks = createSharedLoader<{ tenant: string; indexId: string }, TaskRow[]>(
  ({ tenant, indexId }) => `${indexId} ${tenant}`,
  async (db, asked) => {
    const lists = await Promise.allSettled(asked.map(({ tenant, indexId }) => listCurrentTasks(db, tenant, indexId)));
    return lists.map((list) => (list.status === 'fulfilled' ? list.value : asError(list.reason)));
  },
);

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
  const told = new Map<string, Told>();
  let missed = false;
  let wake = () => {};
  const tell = (news: readonly TaskRow[]) => {
    for (const task of news) told.set(task.id, toldOf(task));
    return news;
  };
  const stream = createLiveStream<TaskRow>({
    listen(lookSoon) {
      wake = lookSoon;
      return app.events.subscribe('task:changed', (hint) => {
        if (hint === 'missed') missed = true;
        else if (hint.indexId === indexId) changed.add(hint.taskId);
        else return;
        wake();
      });
    },
    async begin() {
      return { news: tell(await db.steadily(() => currentTasks(db, { tenant, indexId }))), isLast: false };
    },
    async look() {
      if (missed) {
        missed = false;
        for (const id of await db.steadily(() => findMissed(context, indexId, told))) changed.add(id);
      }
      const ids = [...changed].slice(0, MOST_TASKS);
      for (const id of ids) changed.delete(id);
      const news = tell(await db.steadily(() => readNewsOfAll(context, ids, told)));
      if (changed.size > 0) wake();
      return { news, isLast: changed.size === 0 && !(await isThere()) };
    },
  });
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
  const current = await currentTasks(app.db, { tenant, indexId });
  const listed = new Set(current.map(({ id }) => id));
  const gone = [...told.keys()].filter((id) => !listed.has(id));
  const ended = await findAll(app.db, tenant, gone);
  const news = [...current, ...ended].filter((task) => {
    const before = told.get(task.id);
    return !before || hasNews(task, before);
  });
  const unsaid = new Set(news.map(({ id }) => id));
  for (const id of gone) if (!unsaid.has(id)) told.delete(id);
  return [...unsaid];
}

/** What is new of these tasks, in the order of its happening. */
async function readNewsOfAll(
  { app: { db }, tenant }: Context,
  ids: readonly string[],
  told: Map<string, Told>,
): Promise<TaskRow[]> {
  const tasks = await findAll(db, tenant, ids);
  const news = await Promise.all(tasks.map((task) => readNews(db, task, told.get(task.id))));
  return news.flat().sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || a.version - b.version);
}

async function findAll(db: Database, tenant: string, ids: readonly string[]): Promise<TaskRow[]> {
  const found = await Promise.all(ids.map((id) => findTask(db, tenant, id)));
  return found.filter((task) => task !== undefined);
}
