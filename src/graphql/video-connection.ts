import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { Video } from './refs.ts';

export const VideoConnection = builder.connectionObject(
  {
    type: Video,
    name: 'VideoConnection',
    description: 'A page of videos.',
    fields: (t) => ({
      totalCount: t.int({
        description: 'How many videos match, on all pages together.',
        complexity: COST.count,
        resolve: (connection) => connection.countAll(),
      }),
    }),
  },
  { name: 'VideoEdge', description: 'One video in a list.' },
);
