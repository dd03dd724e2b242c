import { type Client, expectType, type RequestOptions, type Result } from '../client/client.ts';
import { alignColumns, formatOffset, print } from './output.ts';

/** A segment that was found. Offsets are in seconds, the score is 0 to 1. */
export interface Hit {
  rank: number;
  startOffset: number;
  endOffset: number;
  score: number;
  /** What matched best, and its words where it has any. */
  modality: string;
  text: string | null;
  thumbnailUrl: string | null;
  filename: string;
}

/** What to look for, in these indexes: words or a picture. */
export type Search = { indexIds: string[]; first: number } & ({ text: string } | { image: File });

const SEARCH = /* GraphQL */ `
  query Search($input: SearchInput!, $first: Int) {
    search(input: $input, first: $first) {
      __typename
      ... on SearchConnection {
        edges { rank node { startOffset endOffset score modality text thumbnailUrl video { metadata { filename } } } }
      }
      ... on Error { message code }
    }
  }`;

interface SearchData {
  search: Result<
    'SearchConnection',
    { edges: { rank: number; node: Omit<Hit, 'rank' | 'filename'> & { video: { metadata: { filename: string } } } }[] }
  >;
}

/** The best hits, best first. Throws OperationFailedError, or as `Client.request` does. */
export async function searchSegments(client: Client, search: Search, options: RequestOptions = {}): Promise<Hit[]> {
  const { indexIds, first } = search;
  const data =
    'text' in search
      ? await client.request<SearchData>(SEARCH, { input: { indexIds, text: search.text }, first }, options)
      : await client.upload<SearchData>(
          SEARCH,
          { input: { indexIds }, first },
          { 'input.image': search.image },
          options,
        );
  return expectType('SearchConnection', data.search).edges.map(({ rank, node: { video, ...hit } }) => ({
    ...hit,
    rank,
    filename: video.metadata.filename,
  }));
}

/** Characters of a hit's words that are shown. */
const MOST_SHOWN = 60;

function describeMatch({ modality, text }: Hit): string {
  if (!text) return modality;
  const line = text.replaceAll(/\s+/g, ' ');
  return `“${line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line}”`;
}

/** Prints hits as a table: rank, score, file, span, what matched, and thumbnail. */
export function printHits(hits: readonly Hit[], indent = ''): void {
  const rows = hits.map((hit) => [
    String(hit.rank).padStart(4),
    hit.score.toFixed(3),
    hit.filename,
    `${formatOffset(hit.startOffset)}–${formatOffset(hit.endOffset)}`,
    describeMatch(hit),
    hit.thumbnailUrl ?? 'none',
  ]);
  const heads = ['RANK', 'SCORE', 'FILE', 'SPAN', 'MATCH', 'THUMBNAIL'];
  for (const line of alignColumns([heads, ...rows])) print(indent + line);
}
