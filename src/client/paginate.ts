import { RequestFailedError } from './errors.ts';

/** A page of a Relay connection. */
export interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Rows of a page: as many as the server gives out at a time. */
export const PAGE_SIZE = 100;

/** Every row of a connection. A page is read once the rows of the one before are used up. */
export async function* paginate<Node>(
  readPage: (after: string | null) => Promise<Page<Node>>,
): AsyncGenerator<Node, void> {
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo }: Page<Node> = await readPage(after);
    for (const { node } of edges) yield node;
    if (!pageInfo.hasNextPage) return;
    if (pageInfo.endCursor === null) throw new RequestFailedError('The server sent a page without its end');
    after = pageInfo.endCursor;
  }
}
