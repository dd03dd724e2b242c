import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { Connection, Database } from '../db/client.ts';
import { segments, videos } from '../db/schema.ts';
import { areFew, type Scope, scopeOf } from './search-scope.ts';
import { embeddingOf, type VectorKind } from './vector-indexes.ts';
import type { VideoFilter } from './videos.ts';

/** Hits that can be paged through; a ranking means little further down. */
export const DEEPEST_RANK = 1000;
/**
 * Neighbours that a walk of an index looks for at once: so many for any page, which has at most 100 hits, the most where
 * modalities are fused. The further finds depend on it, so that it has to be the same for all pages. Where a filter discards
 * finds, more are looked for at once: they come in better order than those of a walk that goes on, and it looks less far
 * ahead. Of a million, a tenth of which passes, that took a fifth less than 100 and 10 finds ahead, with more of the true
 * neighbours.
 */
const CANDIDATES = { all: 100, filtered: 200, most: 1000 };
/**
 * Finds by which a walk is ahead of the ranking: what it finds later is hardly ever nearer. Of a filter's videos a walk
 * meets few, so the same way takes fewer of them. Walks found 1000 before, so that all pages were cut from the same rows;
 * nine tenths of a search went into that.
 */
const LOOKAHEAD = { all: 60, filtered: 5 };

/** A span that matched. */
export interface Hit {
  segmentId: string;
  videoId: string;
  startOffset: number;
  endOffset: number;
  modality: VectorKind['modality'];
  thumbnail: string | null;
  text: string | null;
  /** 0 to 1. */
  score: number;
}

/** Tells clips apart: the segments of one clip in several modalities have the same. */
export function clipOf({ videoId, startOffset }: Pick<Hit, 'videoId' | 'startOffset'>): string {
  return `${videoId} ${startOffset}`;
}

/** What of a segment a hit shows, besides its score. */
export const HIT_COLUMNS = {
  segmentId: segments.id,
  videoId: segments.videoId,
  startOffset: segments.startOffset,
  endOffset: segments.endOffset,
  modality: segments.modality,
  thumbnail: segments.thumbnail,
  text: segments.text,
};

/** Which segments to rank, and which part of the ranking is wanted. */
export interface HitRequest {
  indexIds: readonly string[];
  filter: VideoFilter;
  /** One hit a video, its best one. */
  byVideo: boolean;
  minScore: number;
  /** Hits to skip, and to return. */
  offset: number;
  limit: number;
}

/** By what to rank segments. */
export interface Ranking extends HitRequest {
  kind: VectorKind;
  /** L2-normalised. */
  vector: Float32Array;
}

/**
 * Ranks segments by cosine similarity, best first; the score is (1 + similarity) / 2. Returns one hit more than `limit`
 * where there are more.
 * @param mostCompared segments up to which all are compared; `mostToCompare` unless given
 */
export async function rankSegments(db: Database, ranking: Ranking, mostCompared?: number): Promise<Hit[]> {
  const wanted = Math.min(ranking.offset + ranking.limit + 1, DEEPEST_RANK);
  const scope = scopeOf(ranking);
  let exact = await areFew(db, ranking, scope, mostCompared);
  // A video's further segments are dropped, so more rows than hits are read, and more again where that was not enough.
  for (let limit = ranking.byVideo ? 8 * wanted : wanted; ; limit *= 4) {
    const rows = exact ? await compareAll(db, ranking, scope, limit) : await walk(db, ranking, scope, limit);
    const hits = ranking.byVideo ? firstOfEachVideo(rows) : rows;
    if (hits.length >= wanted || (exact && rows.length < limit))
      return hits.slice(ranking.offset, wanted).filter(({ score }) => score >= ranking.minScore);
    // The walk of the index gives up after a number of finds (hnsw.max_scan_tuples), however few of them pass.
    exact ||= rows.length < limit;
  }
}

function firstOfEachVideo(hits: Hit[]): Hit[] {
  const seen = new Set<string>();
  return hits.filter(({ videoId }) => !seen.has(videoId) && seen.add(videoId));
}

/** By its name, the distance is computed once for a row, and the query's vector stands once in the statement. */
const DISTANCE = sql.identifier('distance');

function distanceTo({ kind, vector }: Ranking): SQL<number> {
  // As many digits as tell all numbers of half precision apart: a third of those that a number has else.
  const numbers = Array.from(vector, (number) => number.toPrecision(5));
  const query = `[${numbers.join(',')}]`;
  return sql<number>`${embeddingOf(kind)} <=> ${query}::halfvec(${sql.raw(String(kind.dimensions))})`.mapWith(Number);
}

/** Only ids and distances are sorted, and the other columns are read of hits alone: that took a sixth of the time. */
async function compareAll({ orm }: Connection, ranking: Ranking, scope: Scope, limit: number): Promise<Hit[]> {
  // Anything but the bare distance keeps the planner from the index.
  const distance = sql<number>`(${distanceTo(ranking)}) + 0`.as('distance');
  // A list of ids is looked up faster than a join would, and in the very index that counting goes through.
  const inVideos =
    scope.videos &&
    sql`${segments.videoId} = any(array(${orm.select({ id: videos.id }).from(videos).where(scope.videos)}))`;
  const nearest = orm
    .select({ id: segments.id, distance })
    .from(segments)
    .where(and(scope.where, inVideos, isNotNull(segments.embedding)))
    .orderBy(sql`${DISTANCE}`, segments.id)
    .limit(limit)
    .as('nearest');
  const rows = await orm
    .select({ ...HIT_COLUMNS, distance: nearest.distance })
    .from(nearest)
    .innerJoin(segments, eq(segments.id, nearest.id))
    .orderBy(nearest.distance, nearest.id);
  return rows.map(toHit);
}

/** Ranks what a walk of the index finds; fewer than `limit` where it gave up. */
async function walk({ orm }: Connection, ranking: Ranking, scope: Scope, limit: number): Promise<Hit[]> {
  const passing = scope.videos ? 'filtered' : 'all';
  const lookahead = LOOKAHEAD[passing];
  const found = orm
    .select({ ...HIT_COLUMNS, distance: distanceTo(ranking).as('distance') })
    .from(segments)
    .$dynamic();
  if (scope.videos) found.innerJoin(videos, and(eq(videos.id, segments.videoId), scope.videos));
  const rows = await found
    .where(and(scope.where, walkingFor(ranking.limit, CANDIDATES[passing]), isNotNull(segments.embedding)))
    .orderBy(sql`${DISTANCE}`)
    .limit(limit + lookahead);
  return rankFinds(rows.map(toHit), lookahead).slice(0, limit);
}

/**
 * Sets how an index is walked, for this statement alone: what depends on no row Postgres evaluates once, before all else
 * (the plan's one-time filter). A transaction around it took three statements more. Without the iterative
 * scan a filter may leave fewer hits than there are (pgvector 0.8, "Filtering").
 */
function walkingFor(size: number, least: number): SQL {
  const candidates = Math.min(Math.max(size, least), CANDIDATES.most);
  return sql`(select set_config('hnsw.iterative_scan', 'relaxed_order', true)
    || set_config('hnsw.ef_search', ${sql.raw(`'${candidates}'`)}, true)) is not null`;
}

/**
 * Puts finds that come nearly in order into it: each rank is the best of the finds up to `lookahead` later that has none
 * yet. So it is the same however many more finds there are, and pages follow each other.
 */
function rankFinds(finds: readonly Hit[], lookahead: number): Hit[] {
  const ranked: Hit[] = [];
  const waiting: Hit[] = [];
  for (const find of finds) {
    const place = waiting.findLastIndex((other) => compareHits(other, find) < 0) + 1;
    waiting.splice(place, 0, find);
    if (waiting.length > lookahead) ranked.push(...waiting.splice(0, 1));
  }
  return [...ranked, ...waiting];
}

function compareHits(a: Hit, b: Hit): number {
  return b.score - a.score || (a.segmentId < b.segmentId ? -1 : 1);
}

function toHit({ distance, ...hit }: Omit<Hit, 'score'> & { distance: number }): Hit {
  return { ...hit, score: Math.min(Math.max(1 - distance / 2, 0), 1) };
}
