import { builder } from './builder.ts';
import { resolveEvent } from './context.ts';
import { localId } from './global-ids.ts';
import { EmbeddingTask } from './refs.ts';
import { watchEmbeddingTask } from './watch-embedding-task.ts';

builder.subscriptionField('embeddingTaskUpdated', (t) =>
  t.field({
    type: EmbeddingTask,
    description:
      'An embedding task as it is, then whenever its progress grows, and its last state. Completes after a terminal state, and when the task is deleted.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the embedding task.' }) },
    subscribe: (_, { id }, context) => watchEmbeddingTask(context, localId('EmbeddingTask', id)),
    resolve: resolveEvent,
  }),
);
