import type { Database } from '../db/client.ts';
import type { IndexRow } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import type { Models } from '../models/models.ts';
import { completeHits } from './complete-hits.ts';
import { findIndexes } from './indexes.ts';
import { decodeCursor, encodeCursor, type PageArguments, pageSize } from './paging.ts';
import { rankHits } from './rank-hits.ts';
import { DEEPEST_RANK, type Hit } from './ranking.ts';
import { readQuery, type SearchQuery } from './search-query.ts';
import type { VideoFilter } from './videos.ts';

export type { SearchQuery } from './search-query.ts';

/** Indexes of one search. */
const MOST_INDEXES = 1000;

/** A search over one or more indexes of one model. */
export interface SearchRequest {
  indexIds: readonly string[];
  query: SearchQuery;
  modalities?: readonly Modality[] | null | undefined;
  groupBy?: 'SEGMENT' | 'VIDEO' | null | undefined;
  minScore?: number | null | undefined;
  filter?: VideoFilter | null | undefined;
  page: Pick<PageArguments, 'first' | 'after'>;
}

/** A part of a ranking. Ranks begin at 1. */
export interface SearchPage {
  hits: (Hit & { rank: number; cursor: string })[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/**
 * Ranks the clips of the indexes by their likeness to the query, in all modalities that are wanted together: one hit a
 * span. Where only one list has any hits, the scores are its own: `rankSegments` or `rankWords`; else they are those of
 * `fuseRankings`.
 * @throws InvalidInputError, or NotFoundError for an index, a video or a moment that is not there
 */
export async function searchVideos(
  db: Database,
  models: Models,
  tenant: string,
  request: SearchRequest,
): Promise<SearchPage> {
  const { size } = pageSize(request.page);
  const offset = rankOf(request.page.after);
  const indexes = await findAllIndexes(db, tenant, request.indexIds);
  const comparison = await readQuery(db, models, tenant, indexes, request);
  const ranked = await rankHits(db, comparison, {
    indexIds: request.indexIds,
    filter: request.filter ?? {},
    byVideo: request.groupBy === 'VIDEO',
    minScore: request.minScore ?? 0,
    offset,
    limit: size,
  });
  const { unknown } = comparison;
  if (ranked.length === 0 && offset === 0 && unknown)
    throw new InvalidInputError([
      { ...unknown, message: `${unknown.message} No words of these videos match it, either.` },
    ]);
  const page = await completeHits(db, comparison, ranked.slice(0, size));
  const hits = page.map((hit, n) => {
    const rank = offset + n + 1;
    return { ...hit, rank, cursor: encodeCursor(rank, 'rank') };
  });
  return { hits, hasNextPage: ranked.length > size, hasPreviousPage: offset > 0 };
}

function rankOf(cursor: string | null | undefined): number {
  if (cursor == null) return 0;
  const rank = decodeCursor(cursor)?.[0];
  if (typeof rank === 'number' && Number.isInteger(rank) && rank > 0 && rank <= DEEPEST_RANK) return rank;
  throw new InvalidInputError([{ path: ['after'], message: `"${cursor}" is not a cursor of a search.` }]);
}

async function findAllIndexes(db: Database, tenant: string, ids: readonly string[]): Promise<IndexRow[]> {
  if (ids.length === 0)
    throw new InvalidInputError([{ path: ['indexIds'], message: 'none given; at least one is needed.' }]);
  if (ids.length > MOST_INDEXES)
    throw new InvalidInputError([
      { path: ['indexIds'], message: `${ids.length} ids given; allowed are 1 to ${MOST_INDEXES}.` },
    ]);
  const found = await findIndexes(db, tenant, ids);
  const missing = ids.filter((id) => !found.some((index) => index.id === id));
  if (missing.length > 0) throw new NotFoundError(`No such index (${missing.length} of the ${ids.length} given).`);
  return found;
}
