import { deleteTask } from '../domain/tasks.ts';
import { builder } from './builder.ts';
import { DeleteResult } from './deleted.ts';
import { localId } from './global-ids.ts';

builder.mutationField('deleteTask', (t) =>
  t.field({
    role: 'write',
    type: DeleteResult,
    description: 'Deletes a task whose state is terminal, and the video that it produced.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the task.' }) },
    resolve: async (_, { id: given }, { app, tenant }) => {
      const id = localId('Task', given);
      await app.db.transaction((tx) => deleteTask(tx, app.queue, tenant, id));
      return { type: 'Task' as const, id };
    },
  }),
);
