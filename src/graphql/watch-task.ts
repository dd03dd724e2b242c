import type { TaskRow } from '../db/schema.ts';
import { isTerminal } from '../domain/task-states.ts';
import type { Context } from './context.ts';
import { findTask, readNews } from './task-news.ts';
import { watchRow } from './watch-row.ts';

/**
 * A task as it is, then in every state that it enters, in order and without gaps, and whenever its progress grows.
 * Ends after a terminal state, and when the task is deleted.
 * @throws NotFoundError
 */
export function watchTask(context: Context, id: string): Promise<AsyncIterableIterator<TaskRow>> {
  const { app, tenant } = context;
  return watchRow<TaskRow>(context, {
    listen: (changed) =>
      app.events.subscribe('task:changed', (hint) => {
        if (hint === 'missed' || hint.taskId === id) changed();
      }),
    find: () => findTask(app.db, tenant, id),
    newsOf: (task, told) => readNews(app.db, task, told),
    isOver: ({ status }) => isTerminal(status),
    missing: 'No such task.',
  });
}
