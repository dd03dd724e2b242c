import { encodeCursor, type Page } from '../domain/paging.ts';

/** What the fields of a connection are resolved from. */
interface Connection<Row> {
  edges: { cursor: string; node: Row }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  /** Counts only where `totalCount` is asked for. */
  countAll: () => Promise<number>;
}

/** @param sortOf the value of the column that the list is ordered by */
export function toConnection<Row extends { id: string }>(
  page: Page<Row>,
  sortOf: (row: Row) => Date | string,
  countAll: () => Promise<number>,
): Connection<Row> {
  const { rows, hasNextPage, hasPreviousPage } = page;
  const cursorOf = (row: Row | undefined) => (row ? encodeCursor(sortOf(row), row.id) : null);
  // Few ask for the cursor of each edge, and to encode all of them took a twentieth of a page's execution.
  const edges = rows.map((node) => ({
    node,
    get cursor() {
      return encodeCursor(sortOf(node), node.id);
    },
  }));
  const pageInfo = { hasNextPage, hasPreviousPage, startCursor: cursorOf(rows[0]), endCursor: cursorOf(rows.at(-1)) };
  return { edges, pageInfo, countAll };
}

/** The time that rows are ordered by; when nothing is said, that of their creation. */
export function timeOf(order: { field: 'CREATED_AT' | 'UPDATED_AT' } | null | undefined) {
  return (row: { createdAt: Date; updatedAt: Date }) => (order?.field === 'UPDATED_AT' ? row.updatedAt : row.createdAt);
}
