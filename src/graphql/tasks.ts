import { countTasks, listTasks } from '../domain/task-lists.ts';
import { builder } from './builder.ts';
import { costOfPage } from './complexity.ts';
import { timeOf, toConnection } from './connection.ts';
import { OrderDirection, TimestampField } from './ordering.ts';
import { Task } from './refs.ts';
import { TaskConnection } from './task-connection.ts';
import { TaskFilterInput, toTaskFilter } from './task-filter.ts';

const TaskOrder = builder.inputType('TaskOrder', {
  description: 'The order of a list of tasks.',
  fields: (t) => ({
    field: t.field({ type: TimestampField, required: true, description: 'What to go by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
});

builder.queryField('tasks', (t) =>
  t.connection(
    {
      type: Task,
      description: 'Your tasks, newest first unless said otherwise.',
      complexity: costOfPage,
      args: {
        filter: t.arg({ type: TaskFilterInput, description: 'Which tasks; all when nothing is said.' }),
        orderBy: t.arg({ type: TaskOrder, description: 'Their order.' }),
      },
      resolve: async (_, { filter: given, orderBy, ...page }, { app, tenant }) => {
        const filter = toTaskFilter(given);
        const tasks = await listTasks(app.db, tenant, { filter, order: orderBy ?? undefined, page });
        return toConnection(tasks, timeOf(orderBy), () => countTasks(app.db, tenant, filter));
      },
    },
    TaskConnection,
  ),
);
