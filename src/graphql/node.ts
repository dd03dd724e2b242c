import { MOST_ROWS } from '../domain/paging.ts';
import { InvalidInputError } from '../errors.ts';
import { builder } from './builder.ts';
import { COST, costOfIds } from './complexity.ts';
import type { NodeKey } from './global-ids.ts';
import { EmbeddingTask, Index, Reindex, Task, Video } from './refs.ts';

const NODES = { Index, Task, Video, EmbeddingTask, Reindex };

/** What the relay plugin loads a node by, or null for an id that names nothing. */
function toReference({ typename, id }: NodeKey) {
  return Object.hasOwn(NODES, typename) ? { type: NODES[typename as keyof typeof NODES], id } : null;
}

builder.queryFields((t) => ({
  node: t.node({
    description: 'Whatever has this id, or null.',
    complexity: COST.row,
    args: { id: t.arg.globalID({ required: true, description: 'An id of any type.' }) },
    id: (_, { id }) => toReference(id),
  }),
  nodes: t.nodeList({
    description: 'Whatever has these ids, in their order, with null for those that name nothing.',
    complexity: costOfIds,
    args: { ids: t.arg.globalIDList({ required: true, description: `At most ${MOST_ROWS} ids of any type.` }) },
    ids: (_, { ids }) => {
      if (ids.length > MOST_ROWS)
        throw new InvalidInputError([
          { path: ['ids'], message: `${ids.length} ids given; allowed are 0 to ${MOST_ROWS}.` },
        ]);
      return ids.map(toReference);
    },
  }),
}));
