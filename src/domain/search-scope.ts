import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Connection, Database } from '../db/client.ts';
import { isOneOf } from '../db/ids.ts';
import { segments, videos } from '../db/schema.ts';
import { estimateIndexed, isOfKind, type VectorKind } from './vector-indexes.ts';
import { type VideoFilter, videoConditions } from './videos.ts';

/** What is searched. */
interface Searched {
  indexIds: readonly string[];
  filter: VideoFilter;
  kind: VectorKind;
}

/** Which segments are ranked: where a filter speaks of videos, those of such videos. */
export interface Scope {
  where: SQL | undefined;
  videos: SQL | undefined;
}

/**
 * Where a filter speaks of videos, these are narrowed to the indexes: their segments are counted by `segments_video` alone
 * then, as they are by `segments_index` where there is no filter. Rows of segments are long:
 * counting by them took half as long as comparing their vectors.
 */
export function scopeOf({ indexIds, filter, kind }: Searched): Scope {
  const filters = videoConditions(filter);
  if (filters.length === 0)
    return { where: and(isOneOf(segments.indexId, indexIds), isOfKind(kind)), videos: undefined };
  return { where: isOfKind(kind), videos: and(isOneOf(videos.indexId, indexIds), ...filters) };
}

/** Milliseconds for which it is believed whether there are few segments, and of how many searches. */
const [BELIEVED, MOST_BELIEVED] = [5_000, 100];
const believed = new WeakMap<Database, Map<string, { few: boolean; since: number }>>();

/**
 * Whether there are so few segments, with a vector or without, that all are compared. To count them takes a quarter of a
 * search, and who searches asks again of the same videos; which way they are ranked by may be a few seconds late, which
 * segments are ranked never is.
 * @param most how many are few; `mostToCompare` unless given
 */
export async function areFew(db: Database, searched: Searched, scope: Scope, most?: number): Promise<boolean> {
  const answers = believed.get(db) ?? new Map<string, { few: boolean; since: number }>();
  believed.set(db, answers);
  const key = JSON.stringify([searched.indexIds, searched.filter, searched.kind, most]);
  const answer = answers.get(key);
  if (answer && performance.now() - answer.since < BELIEVED) return answer.few;
  const few = most === undefined ? await areFewOf(db, searched, scope) : !(await hasMoreThan(db, scope, most));
  answers.delete(key);
  answers.set(key, { few, since: performance.now() });
  const [oldest] = answers.size > MOST_BELIEVED ? answers.keys() : [];
  if (oldest !== undefined) answers.delete(oldest);
  return few;
}

/** Segments that are compared in any case, and at the most: as many as were tried. */
const COMPARED = { least: 20_000, most: 40_000 };

/**
 * Segments up to which all are compared: exact, and faster than walking an HNSW index whose finds a filter discards. A
 * walk comes by index / segments finds for each that passes, so it gets dearer as comparing gets cheaper: they cost
 * the same at some 30 √index. A third more than that is compared, as a walk that discards nearly all it finds misses two
 * to three in a hundred of the true neighbours: videos of a million segments marked so that 2 to 4 % were left, 26
 * November 2026.
 */
export async function mostToCompare(db: Connection, kind: VectorKind): Promise<number> {
  const most = Math.round(40 * Math.sqrt(await estimateIndexed(db, kind)));
  return Math.min(Math.max(most, COMPARED.least), COMPARED.most);
}

/** Whether all are compared. Most libraries are so small that it does not matter what the index has. */
async function areFewOf(db: Connection, { kind }: Searched, scope: Scope): Promise<boolean> {
  if (!(await hasMoreThan(db, scope, COMPARED.least))) return true;
  const most = await mostToCompare(db, kind);
  return most > COMPARED.least && !(await hasMoreThan(db, scope, most));
}

/** Whether there are more segments than so many, with a vector or without. */
async function hasMoreThan({ orm }: Connection, scope: Scope, count: number): Promise<boolean> {
  const matching = orm.select({ one: sql`1` }).from(segments).$dynamic();
  // Joined, videos are looked at only until that is known: a filter may leave hundreds of thousands.
  if (scope.videos) matching.innerJoin(videos, and(eq(videos.id, segments.videoId), scope.videos));
  const [next] = await matching.where(scope.where).offset(count).limit(1);
  return next !== undefined;
}
