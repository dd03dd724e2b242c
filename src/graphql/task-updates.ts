import { builder } from './builder.ts';
import { resolveEvent } from './context.ts';
import { localId } from './global-ids.ts';
import { Task } from './refs.ts';
import { watchTask } from './watch-task.ts';
import { watchTasks } from './watch-tasks.ts';

builder.subscriptionFields((t) => ({
  taskUpdated: t.field({
    type: Task,
    description:
      'A task as it is, then in every state that it enters and whenever its progress grows. Completes after a terminal state, and when the task is deleted.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the task.' }) },
    subscribe: (_, { id }, context) => watchTask(context, localId('Task', id)),
    resolve: resolveEvent,
  }),
  tasksUpdated: t.field({
    type: Task,
    description:
      'The tasks of an index, those that ended over an hour ago left out; then each of them, and each new one, in every state that it enters and whenever its progress grows. Completes only when the index is deleted.',
    args: { indexId: t.arg.globalID({ required: true, description: 'The id of the index.' }) },
    subscribe: (_, { indexId }, context) => watchTasks(context, localId('Index', indexId)),
    resolve: resolveEvent,
  }),
}));
