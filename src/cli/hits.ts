import type { SearchHit } from '../client/client.ts';
import { alignColumns, formatOffset, print } from './output.ts';

/** Characters of a hit's words that are shown. */
const MOST_SHOWN = 60;

function describeMatch({ modality, text }: SearchHit): string {
  if (!text) return modality;
  const line = text.replaceAll(/\s+/g, ' ');
  return `“${line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line}”`;
}

/** Prints hits as a table: rank, score, file, span, what matched, and thumbnail. */
export function printHits(hits: readonly SearchHit[], indent = ''): void {
  const rows = hits.map((hit) => [
    String(hit.rank).padStart(4),
    hit.score.toFixed(3),
    hit.video.metadata.filename,
    `${formatOffset(hit.startOffset)}–${formatOffset(hit.endOffset)}`,
    describeMatch(hit),
    hit.thumbnailUrl ?? 'none',
  ]);
  const heads = ['RANK', 'SCORE', 'FILE', 'SPAN', 'MATCH', 'THUMBNAIL'];
  for (const line of alignColumns([heads, ...rows])) print(indent + line);
}
