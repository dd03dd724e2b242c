import type { Database } from '../db/client.ts';
import { fuseRankings, type RankedList } from './fusion.ts';
import { clipOf, DEEPEST_RANK, type Hit, type HitRequest, rankSegments } from './ranking.ts';
import type { Comparison } from './search-query.ts';
import { findClipsWith, rankWords } from './word-ranking.ts';

/**
 * What the words of one modality count, where all vectors together count 1. A vector has neighbours whatever the query
 * says; words that occur were meant.
 */
const WEIGHT_OF_WORDS = 3;

/** Ranks clips in all ways of a comparison together, best first. Returns one hit more than `limit` where there are more. */
export async function rankHits(db: Database, comparison: Comparison, request: HitRequest): Promise<Hit[]> {
  const { vectors, words, model } = comparison;
  const [vector, ...others] = vectors;
  const [modality, ...further] = words?.modalities ?? [];
  if (vector && others.length === 0 && !words) return rankSegments(db, { ...request, ...vector });
  if (!vector && words && modality && further.length === 0)
    return rankWords(db, { ...request, model, modality, match: words.match });
  // Every page is cut from the same lists, however far down it is.
  const whole = { ...request, minScore: 0, offset: 0, limit: DEEPEST_RANK };
  const alike = await Promise.all(vectors.map((compared) => rankSegments(db, { ...whole, ...compared })));
  const wanted = words?.match.excluding ? await withoutWords(db, model, words.match.excluding, alike) : alike;
  const lists: RankedList[] = wanted.map((hits) => ({ hits, weight: 1 / vectors.length }));
  if (words)
    for (const modality of words.modalities) {
      const hits = await rankWords(db, { ...whole, model, modality, match: words.match });
      lists.push({ hits, weight: WEIGHT_OF_WORDS });
    }
  // A list that found nothing says nothing of the others' hits, and does not lower their scores.
  const found = lists.filter(({ hits }) => hits.length > 0);
  const [only] = found.length === 1 ? found : [];
  const fused = only?.hits ?? fuseRankings(found, request.byVideo ? ({ videoId }) => videoId : clipOf);
  return fused
    .slice(0, DEEPEST_RANK)
    .slice(request.offset, request.offset + request.limit + 1)
    .filter(({ score }) => score >= request.minScore);
}

/** What a query excludes is not shown for its looks either. */
async function withoutWords(db: Database, model: string, words: string, lists: Hit[][]): Promise<Hit[][]> {
  const videoIds = new Set(lists.flat().map(({ videoId }) => videoId));
  const excluded = await findClipsWith(db, { videoIds, model, words });
  return lists.map((hits) => hits.filter((hit) => !excluded.has(clipOf(hit))));
}
