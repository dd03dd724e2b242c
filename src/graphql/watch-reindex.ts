import type { ReindexRow } from '../db/schema.ts';
import { findReindexes, isOver } from '../domain/reindexes.ts';
import type { Context } from './context.ts';
import { createSharedFinder } from './shared-loader.ts';
import { watchRow } from './watch-row.ts';

const findReindex = createSharedFinder<ReindexRow>(findReindexes);

/**
 * A reindex as it is, then whenever more of it is done, and in the state that it ends in: the only one that follows
 * RUNNING, so that the row itself tells every state in order. Ends after that, and when the index is deleted.
 * @throws NotFoundError
 */
export function watchReindex(context: Context, id: string): Promise<AsyncIterableIterator<ReindexRow>> {
  const { app, tenant } = context;
  return watchRow<ReindexRow>(context, {
    listen: (changed) =>
      app.events.subscribe('reindex:changed', (hint) => {
        if (hint === 'missed' || hint.reindexId === id) changed();
      }),
    find: () => findReindex(app.db, tenant, id),
    newsOf: (reindex, told) => (reindex.version > told.version ? [reindex] : []),
    isOver: ({ status }) => isOver(status),
    missing: 'No such reindex.',
  });
}
