import { expectType } from './expect-type.ts';
import { type FileSource, openFile } from './files.ts';
import { type SearchInput as ApiSearchInput, type HitFieldsFragment, SearchDocument } from './generated/graphql.ts';
import { PAGE_SIZE, type Page, paginate } from './paginate.ts';
import type { Transport } from './transport.ts';

/** `SearchInput` of the API, with the image as a path, File or Blob. */
export type SearchInput = Omit<ApiSearchInput, 'image'> & {
  /** A picture to look for. */
  readonly image?: FileSource | undefined;
};

/** A span of a video that was found. Offsets are in seconds, the score is 0 to 1, the best rank is 1. */
export type SearchHit = HitFieldsFragment & { readonly rank: number };

/** How a search is run. */
export interface SearchOptions {
  /** The most hits, 0 to 100: 20 when nothing is said. */
  first?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** `Client.search`. */
export async function search(
  transport: Transport,
  input: SearchInput,
  { first = 20, signal }: SearchOptions = {},
): Promise<SearchHit[]> {
  const page = await readHits(transport, await withFile(input), { first, after: null }, signal);
  return page.edges.map(({ node }) => node);
}

/** `Client.hits`. */
export async function* listHits(
  transport: Transport,
  input: SearchInput,
  signal?: AbortSignal,
): AsyncGenerator<SearchHit, void> {
  const opened = await withFile(input);
  yield* paginate((after) => readHits(transport, opened, { first: PAGE_SIZE, after }, signal));
}

async function withFile({ image, ...input }: SearchInput): Promise<ApiSearchInput> {
  return { ...input, image: image === undefined ? null : await openFile(image) };
}

async function readHits(
  transport: Transport,
  input: ApiSearchInput,
  part: { first: number; after: string | null },
  signal: AbortSignal | undefined,
): Promise<Page<SearchHit>> {
  const { search: result } = await transport.request(SearchDocument, { input, ...part }, { signal });
  const { edges, pageInfo } = expectType('SearchConnection', result);
  return { edges: edges.map(({ rank, node }) => ({ node: { ...node, rank } })), pageInfo };
}
