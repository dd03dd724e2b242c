import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { segments, videos } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import type { WordMatch } from './match-words.ts';
import { clipOf, DEEPEST_RANK, HIT_COLUMNS, type Hit, type HitRequest } from './ranking.ts';
import { videoConditions } from './videos.ts';

/** Which words to rank, and by what. */
export interface WordRanking extends HitRequest {
  model: string;
  modality: Modality;
  match: WordMatch;
}

/**
 * Ranks the clips in which the words occur, best first: by how often and how near to each other they do (cover density,
 * Clarke, Cormack and Tudhope 2000; `ts_rank_cd`), words as they are written counting more than their stems. The length
 * of the text does not count: clips are alike in length, and so a word that occurs once gives the same score
 * everywhere. Returns one hit more than `limit` where there are more.
 */
export async function rankWords(db: Connection, ranking: WordRanking): Promise<Hit[]> {
  const wanted = Math.min(ranking.offset + ranking.limit + 1, DEEPEST_RANK);
  const filters = videoConditions(ranking.filter);
  const query = sql`${ranking.match.matching}::text::tsquery`;
  // 32: r / (r + 1)
  const score = sql<number>`ts_rank_cd(${segments.words}, ${query}, 32)`.mapWith(Number).as('score');
  const columns = { ...HIT_COLUMNS, score };
  const where = and(
    sql`${segments.words} @@ ${query}`,
    inArray(segments.indexId, [...ranking.indexIds]),
    eq(segments.model, ranking.model),
    eq(segments.modality, ranking.modality),
    eq(segments.scope, 'CLIP'),
    ...filters,
  );
  const matching = (ranking.byVideo ? db.orm.selectDistinctOn([segments.videoId], columns) : db.orm.select(columns))
    .from(segments)
    .$dynamic();
  if (filters.length > 0) matching.innerJoin(videos, eq(videos.id, segments.videoId));
  const inVideo: SQL[] = [sql`${segments.videoId}`, sql`score desc`, sql`${segments.startOffset}`];
  const ranked = matching
    .where(where)
    .orderBy(...(ranking.byVideo ? inVideo : []))
    .as('ranked');
  const hits = await db.orm
    .select()
    .from(ranked)
    .orderBy(sql`${ranked.score} desc`, ranked.videoId, ranked.startOffset)
    .limit(wanted);
  return hits.slice(ranking.offset).filter(({ score }) => score >= ranking.minScore);
}

/** Those of the videos' clips in which such words occur, as `clipOf` names them. */
export async function findClipsWith(
  db: Connection,
  { videoIds, model, words }: { videoIds: ReadonlySet<string>; model: string; words: string },
): Promise<Set<string>> {
  if (videoIds.size === 0) return new Set();
  const found = await db.orm
    .select({ videoId: segments.videoId, startOffset: segments.startOffset })
    .from(segments)
    .where(
      and(
        inArray(segments.videoId, [...videoIds]),
        eq(segments.model, model),
        eq(segments.scope, 'CLIP'),
        sql`${segments.words} @@ ${words}::text::tsquery`,
      ),
    );
  return new Set(found.map(clipOf));
}
