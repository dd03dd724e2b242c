import { cancelEmbeddingTask } from '../domain/embedding-tasks.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { EmbeddingTask } from './refs.ts';

const EmbeddingTaskResult = builder.errorUnion('EmbeddingTaskResult', {
  description: 'The embedding task as it is now, or why it did not change.',
  types: [EmbeddingTask, NotFoundError, ConflictError],
  resolveType: () => EmbeddingTask,
});

builder.mutationField('cancelEmbeddingTask', (t) =>
  t.field({
    role: 'write',
    type: EmbeddingTaskResult,
    description: 'Stops the work on an embedding task for good; not once its state is terminal.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the embedding task.' }) },
    resolve: (_, { id }, { app, tenant }) =>
      app.db.transaction((tx) => cancelEmbeddingTask(tx, app.queue, tenant, localId('EmbeddingTask', id))),
  }),
);
