import type { EmbeddingTaskRow } from '../db/schema.ts';
import { findEmbeddingTasks } from '../domain/embedding-tasks.ts';
import type { Context } from './context.ts';
import { createSharedFinder } from './shared-loader.ts';
import { hasNews } from './task-versions.ts';
import { watchRow } from './watch-row.ts';

const findEmbeddingTask = createSharedFinder<EmbeddingTaskRow>(findEmbeddingTasks);

/**
 * An embedding task as it is, then whenever its progress grows, and in the state that it ends in: the only one that
 * follows PROCESSING, so that the row itself tells every state in order. Ends after that, and when the task is deleted.
 * @throws NotFoundError
 */
export function watchEmbeddingTask(context: Context, id: string): Promise<AsyncIterableIterator<EmbeddingTaskRow>> {
  const { app, tenant } = context;
  return watchRow<EmbeddingTaskRow>(context, {
    listen: (changed) =>
      app.events.subscribe('embedding-task:changed', (hint) => {
        if (hint === 'missed' || hint.embeddingTaskId === id) changed();
      }),
    find: () => findEmbeddingTask(app.db, tenant, id),
    newsOf: (task, told) => (hasNews(task, told) ? [task] : []),
    isOver: ({ status }) => status !== 'PROCESSING',
    missing: 'No such embedding task.',
  });
}
