import { cancelTask, retryTask } from '../domain/tasks.ts';
import { ConflictError, LimitExceededError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { Task } from './refs.ts';

const TaskResult = builder.errorUnion('TaskResult', {
  description: 'The task as it is now, or why it did not change.',
  types: [Task, NotFoundError, ConflictError, LimitExceededError],
  resolveType: () => Task,
});

builder.mutationFields((t) => ({
  cancelTask: t.field({
    role: 'write',
    type: TaskResult,
    description: 'Stops the work on a task; not once its state is terminal.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the task.' }) },
    resolve: (_, { id }, { app, tenant }) => app.db.transaction((tx) => cancelTask(tx, tenant, localId('Task', id))),
  }),
  retryTask: t.field({
    role: 'write',
    type: TaskResult,
    description:
      'Begins a FAILED or CANCELED task anew, as another attempt. Where too many tasks are unfinished (MAX_QUEUED_TASKS), that is a LimitExceededError.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the task.' }) },
    resolve: (_, { id }, { app, tenant, limits }) =>
      app.db.transaction((tx) => retryTask(tx, app.queue, tenant, localId('Task', id), limits)),
  }),
}));
