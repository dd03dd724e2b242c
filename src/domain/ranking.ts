import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Connection, Database } from '../db/client.ts';
import { segments, videos } from '../db/schema.ts';
import { embeddingOf, isOfKind, type VectorKind } from './vector-indexes.ts';
import { type VideoFilter, videoConditions } from './videos.ts';

/**
 * Segments up to which all are compared: exact, and faster than walking an index whose finds a filter discards.
 * Beyond, the HNSW index is walked until enough of its finds pass the filter.
 */
const MOST_COMPARED = 20_000;
/** Hits that can be paged through; a ranking means little further down. */
export const DEEPEST_RANK = 1000;
/** Neighbours that a walk of an index holds at once: as many as pgvector allows. */
const MOST_CANDIDATES = 1000;

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
 * @param mostCompared segments up to which all are compared
 */
export async function rankSegments(database: Database, ranking: Ranking, mostCompared = MOST_COMPARED): Promise<Hit[]> {
  const wanted = Math.min(ranking.offset + ranking.limit + 1, DEEPEST_RANK);
  const filters = videoConditions(ranking.filter);
  const where = and(
    inArray(segments.indexId, [...ranking.indexIds]),
    isOfKind(ranking.kind),
    isNotNull(segments.embedding),
    ...filters,
  );
  let exact = (await countUpTo(database, where, filters.length > 0, mostCompared + 1)) <= mostCompared;
  // A video's further segments are dropped, so more rows than hits are read, and more again where that was not enough.
  // A walk's order is that of rounded vectors: pages only follow each other if they are cut from the same rows.
  const least = ranking.byVideo ? 8 * wanted : wanted;
  for (let limit = exact ? least : Math.max(least, DEEPEST_RANK); ; limit *= 4) {
    const rows = await nearest(database, ranking, where, exact, limit);
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

async function countUpTo(db: Connection, where: SQL | undefined, joined: boolean, most: number): Promise<number> {
  const matching = db.orm
    .select({ one: sql`1`.as('one') })
    .from(segments)
    .$dynamic();
  if (joined) matching.innerJoin(videos, eq(videos.id, segments.videoId));
  return db.orm.$count(matching.where(where).limit(most).as('matching'));
}

async function nearest(
  database: Database,
  { kind, vector }: Ranking,
  where: SQL | undefined,
  exact: boolean,
  limit: number,
): Promise<Hit[]> {
  const query = sql.raw(`'[${vector.join(',')}]'::halfvec(${kind.dimensions})`);
  const distance = sql<number>`${embeddingOf(kind)} <=> ${query}`;
  const select = (db: Connection, ...order: (SQL | PgColumn)[]) =>
    db.orm
      .select({ ...HIT_COLUMNS, distance: distance.mapWith(Number).as('distance') })
      .from(segments)
      .innerJoin(videos, eq(videos.id, segments.videoId))
      .where(where)
      .orderBy(...order)
      .limit(limit);
  // Anything but the bare distance keeps the planner from the index.
  if (exact) return (await select(database, sql`(${distance}) + 0`, segments.id)).map(toHit);
  return database.transaction(async (tx) => {
    // Without the iterative scan a filter may leave fewer hits than there are (pgvector 0.8, "Filtering").
    await tx.orm.execute(sql`set local hnsw.iterative_scan = relaxed_order`);
    await tx.orm.execute(sql.raw(`set local hnsw.ef_search = ${MOST_CANDIDATES}`));
    const walked = select(tx, distance).as('walked');
    // The planner takes a walk's rows for sorted, which they are by rounded vectors only.
    const rows = await tx.orm.select().from(walked).orderBy(sql`${walked.distance} + 0`, walked.segmentId);
    return rows.map(toHit);
  });
}

function toHit({ distance, ...hit }: Omit<Hit, 'score'> & { distance: number }): Hit {
  return { ...hit, score: Math.min(Math.max(1 - distance / 2, 0), 1) };
}
