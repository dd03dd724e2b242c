import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { Task } from './refs.ts';

export const TaskConnection = builder.connectionObject(
  {
    type: Task,
    name: 'TaskConnection',
    description: 'A page of tasks.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many tasks match, on all pages together.',
        complexity: COST.count,
        resolve: (connection) => connection.countAll(),
      }),
    }),
  },
  { name: 'TaskEdge', description: 'One task in a list.' },
);
