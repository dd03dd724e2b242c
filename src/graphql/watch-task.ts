import type { TaskRow } from '../db/schema.ts';
import { listTransitions } from '../domain/task-lists.ts';
import { isTerminal } from '../domain/task-states.ts';
import { findTasks } from '../domain/tasks.ts';
import type { Context } from './context.ts';
import { newsOf } from './task-versions.ts';
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
    find: async () => (await findTasks(app.db, tenant, [id]))[0],
    async newsOf(task, told) {
      const transitions = task.version > told.version ? await listTransitions(app.db, [id], told.version) : [];
      return newsOf(task, transitions, told);
    },
    isOver: ({ status }) => isTerminal(status),
    missing: 'No such task.',
  });
}
