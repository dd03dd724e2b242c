import type { Hit } from './ranking.ts';

/** One way to look at the query: its hits, best first. */
export interface RankedList {
  hits: readonly Hit[];
  weight: number;
}

/** Damps the difference between the first ranks, so that a hit in two lists comes before the first of one. */
const DAMPING = 60;

/**
 * Makes one ranking of several whose scores do not compare, by reciprocal rank fusion (Cormack, Clarke and Buettcher
 * 2009): each list gives `weight / (60 + rank)`. Hits of one score share a rank, so that the other lists order them. The
 * score of a hit is its part of what the first of all lists would have, 0 to 1.
 * @param keyOf tells what is the same hit; it appears as the list shows it that gave the most
 */
export function fuseRankings(lists: readonly RankedList[], keyOf: (hit: Hit) => string): Hit[] {
  const total = lists.reduce((sum, { weight }) => sum + weight / (DAMPING + 1), 0);
  const fused = new Map<string, { hit: Hit; most: number; sum: number }>();
  for (const { hits, weight } of lists) {
    let rank = 1;
    for (const [n, hit] of hits.entries()) {
      if (hit.score !== hits[n - 1]?.score) rank = n + 1;
      const part = weight / (DAMPING + rank) / total;
      const known = fused.get(keyOf(hit));
      const best = known && known.most >= part ? known : { hit, most: part };
      fused.set(keyOf(hit), { hit: best.hit, most: best.most, sum: (known?.sum ?? 0) + part });
    }
  }
  return [...fused.values()]
    .map(({ hit, sum }) => ({ ...hit, score: Math.min(sum, 1) }))
    .sort((a, b) => b.score - a.score || compare(a.videoId, b.videoId) || a.startOffset - b.startOffset);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
