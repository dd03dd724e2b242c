import { deleteEmbeddingTask } from '../domain/embedding-tasks.ts';
import { builder } from './builder.ts';
import { DeleteResult } from './deleted.ts';
import { localId } from './global-ids.ts';

builder.mutationField('deleteEmbeddingTask', (t) =>
  t.field({
    role: 'write',
    type: DeleteResult,
    description: 'Deletes an embedding task whose state is terminal, with its vectors and its video.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the embedding task.' }) },
    resolve: async (_, { id: given }, { app, tenant }) => {
      const id = localId('EmbeddingTask', given);
      await app.db.transaction((tx) => deleteEmbeddingTask(tx, app.queue, tenant, id));
      return { type: 'EmbeddingTask' as const, id };
    },
  }),
);
