import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { Segment } from './segment.ts';

export const SegmentConnection = builder.connectionObject(
  {
    type: Segment,
    name: 'SegmentConnection',
    description: 'A page of segments.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many segments match, on all pages together.',
        complexity: COST.count,
        resolve: (connection) => connection.countAll(),
      }),
    }),
  },
  { name: 'SegmentEdge', description: 'One segment in a list.' },
);
