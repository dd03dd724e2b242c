import { deleteIndex } from '../domain/indexes.ts';
import { builder } from './builder.ts';
import { DeleteResult } from './deleted.ts';
import { localId } from './global-ids.ts';

builder.mutationField('deleteIndex', (t) =>
  t.field({
    role: 'admin',
    type: DeleteResult,
    description: 'Deletes an index with its tasks and videos; work on them stops.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the index.' }) },
    resolve: async (_, { id: given }, { app, tenant }) => {
      const id = localId('Index', given);
      await app.db.transaction((tx) => deleteIndex(tx, app.queue, tenant, id));
      return { type: 'Index' as const, id };
    },
  }),
);
