import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { Index } from './refs.ts';

export const IndexConnection = builder.connectionObject(
  {
    type: Index,
    name: 'IndexConnection',
    description: 'A page of indexes.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many indexes match, on all pages together.',
        complexity: COST.count,
        resolve: (connection) => connection.countAll(),
      }),
    }),
  },
  { name: 'IndexEdge', description: 'One index in a list.' },
);
