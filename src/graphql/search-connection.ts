import type { SearchPage } from '../domain/search.ts';
import { builder } from './builder.ts';
import { SearchHit } from './search-hit.ts';

const SearchEdge = builder.objectRef<SearchPage['hits'][number]>('SearchEdge').implement({
  description: 'One hit in a ranking.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'The place of this edge in the ranking, for `after`.' }),
    rank: t.exposeInt('rank', { description: 'Its place in the whole ranking; the best is 1.' }),
    node: t.field({ type: SearchHit, description: 'The hit.', resolve: (hit) => hit }),
  }),
});

export const SearchConnection = builder.objectRef<SearchPage>('SearchConnection').implement({
  description: 'A page of a ranking, the best first.',
  fields: (t) => ({
    edges: t.field({
      type: [SearchEdge],
      description: 'The hits of this page.',
      // The search itself counts them.
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ hits }) => hits,
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'What comes before and after this page.',
      resolve: ({ hits, hasNextPage, hasPreviousPage }) => ({
        hasNextPage,
        hasPreviousPage,
        startCursor: hits[0]?.cursor ?? null,
        endCursor: hits.at(-1)?.cursor ?? null,
      }),
    }),
  }),
});
