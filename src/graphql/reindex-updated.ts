import { builder } from './builder.ts';
import { resolveEvent } from './context.ts';
import { localId } from './global-ids.ts';
import { Reindex } from './refs.ts';
import { watchReindex } from './watch-reindex.ts';

builder.subscriptionField('reindexUpdated', (t) =>
  t.field({
    type: Reindex,
    description:
      'A reindex as it is, then as it becomes with each video that is done, and in the state that it ends in. Completes after a terminal state, and when the index is deleted.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the reindex.' }) },
    subscribe: (_, { id }, context) => watchReindex(context, localId('Reindex', id)),
    resolve: resolveEvent,
  }),
);
