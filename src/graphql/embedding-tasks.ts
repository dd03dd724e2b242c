import { countEmbeddingTasks, listEmbeddingTasks } from '../domain/embedding-task-lists.ts';
import { builder } from './builder.ts';
import { COST, costOfPage } from './complexity.ts';
import { timeOf, toConnection } from './connection.ts';
import { EmbeddingTaskStatusEnum } from './embedding-task-status.ts';
import { OrderDirection, TimestampField } from './ordering.ts';
import { EmbeddingTask } from './refs.ts';

const EmbeddingTaskConnection = builder.connectionObject(
  {
    type: EmbeddingTask,
    name: 'EmbeddingTaskConnection',
    description: 'A page of embedding tasks.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many embedding tasks match, on all pages together.',
        complexity: COST.count,
        resolve: (connection) => connection.countAll(),
      }),
    }),
  },
  { name: 'EmbeddingTaskEdge', description: 'One embedding task in a list.' },
);

const EmbeddingTaskFilter = builder.inputType('EmbeddingTaskFilter', {
  description: 'Which embedding tasks: those to which everything that is given applies. Times are inclusive.',
  fields: (t) => ({
    status: t.field({ type: [EmbeddingTaskStatusEnum], description: 'In one of these states.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Created at this time or earlier.' }),
  }),
});

const EmbeddingTaskOrder = builder.inputType('EmbeddingTaskOrder', {
  description: 'The order of a list of embedding tasks.',
  fields: (t) => ({
    field: t.field({ type: TimestampField, required: true, description: 'What to go by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
});

builder.queryField('embeddingTasks', (t) =>
  t.connection(
    {
      type: EmbeddingTask,
      description: 'Your embedding tasks, newest first unless said otherwise.',
      complexity: costOfPage,
      args: {
        filter: t.arg({ type: EmbeddingTaskFilter, description: 'Which of them; all when nothing is said.' }),
        orderBy: t.arg({ type: EmbeddingTaskOrder, description: 'Their order.' }),
      },
      resolve: async (_, { filter: given, orderBy, ...page }, { app, tenant }) => {
        const filter = given ?? {};
        const tasks = await listEmbeddingTasks(app.db, tenant, { filter, order: orderBy ?? undefined, page });
        return toConnection(tasks, timeOf(orderBy), () => countEmbeddingTasks(app.db, tenant, filter));
      },
    },
    EmbeddingTaskConnection,
  ),
);
