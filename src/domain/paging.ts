import { and, asc, desc, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { isId } from '../db/ids.ts';
import { type InputIssue, InvalidInputError } from '../errors.ts';

/** Rows that a page has at most, and has when nothing is said. */
export const MOST_ROWS = 100;
export const DEFAULT_ROWS = 20;

/** The arguments of a Relay connection. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** How a list is ordered: by a column that may hold equal values, then by the id. */
export interface Ordering {
  /** A timestamp, or the id itself. */
  sort: PgColumn;
  id: PgColumn;
  direction: 'ASC' | 'DESC';
}

/** One page of rows in the list's order. */
export interface Page<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** The part of a list that a page's query selects. */
export interface PageQuery {
  where: SQL | undefined;
  orderBy: SQL[];
  /** One row more than the page has, to see whether another page follows. */
  limit: number;
  /** Puts the selected rows into the list's order and drops the extra one. */
  toPage<Row>(selected: Row[]): Page<Row>;
}

/** A cursor is a place in the order, not a row: it stays good when the row has gone. */
export function encodeCursor(sort: Date | string | number, id: string): string {
  return Buffer.from(JSON.stringify([sort instanceof Date ? sort.toISOString() : sort, id])).toString('base64url');
}

/** What `encodeCursor` encoded, or undefined for any other text. */
export function decodeCursor(cursor: string): [string | number, string] | undefined {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(decoded) || decoded.length !== 2) return undefined;
    const [sort, id] = decoded;
    const isPlace = (typeof sort === 'number' || typeof sort === 'string') && typeof id === 'string';
    return isPlace ? [sort, id] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Turns connection arguments into a keyset condition (Relay cursor connections specification).
 * @throws InvalidInputError for sizes out of range, cursors that this server did not make, or both directions at once
 */
export function pageQuery(args: PageArguments, ordering: Ordering): PageQuery {
  const { size, backward } = pageSize(args);
  const ascending = (ordering.direction === 'ASC') !== backward;
  const place = (cursor: string | null | undefined, name: string, forward: boolean): SQL | undefined => {
    if (cursor == null) return undefined;
    const [given, id] = decodeCursor(cursor) ?? [];
    const sort = fromCursor(ordering.sort, given);
    if (sort === undefined || id === undefined || !isId(id))
      throw new InvalidInputError([{ path: [name], message: `"${cursor}" is not a cursor of this list.` }]);
    const above = (ordering.direction === 'ASC') === forward;
    const here = sql`(${sql.param(sort, ordering.sort)}, ${sql.param(id, ordering.id)})`;
    return sql`(${ordering.sort}, ${ordering.id}) ${sql.raw(above ? '>' : '<')} ${here}`;
  };
  const direct = ascending ? asc : desc;
  return {
    where: and(place(args.after, 'after', true), place(args.before, 'before', false)),
    orderBy: [direct(ordering.sort), direct(ordering.id)],
    limit: size + 1,
    toPage(selected) {
      const more = selected.length > size;
      const rows = selected.slice(0, size);
      if (backward) rows.reverse();
      return {
        rows,
        hasNextPage: backward ? args.before != null : more,
        hasPreviousPage: backward ? more : args.after != null,
      };
    },
  };
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The column's value that a cursor of this list holds, or undefined for a cursor of another one. */
function fromCursor(column: PgColumn, value: string | number | undefined): Date | string | undefined {
  if (typeof value !== 'string') return undefined;
  if (column.dataType !== 'date') return isId(value) ? value : undefined;
  const time = new Date(value);
  return ISO_TIME.test(value) && time.getUTCFullYear() > 0 ? time : undefined;
}

/** How many rows a page has, and from which end. */
export function pageSize(args: PageArguments): { size: number; backward: boolean } {
  const issues: InputIssue[] = [];
  for (const name of ['first', 'last'] as const) {
    const given = args[name];
    if (given != null && (given < 0 || given > MOST_ROWS))
      issues.push({ path: [name], message: `${given} given; allowed are 0 to ${MOST_ROWS}.` });
  }
  if (args.first != null && args.last != null)
    issues.push({ path: ['first'], message: 'first and last are both given; use one of them.' });
  if (issues.length > 0) throw new InvalidInputError(issues);
  return { size: args.last ?? args.first ?? DEFAULT_ROWS, backward: args.last != null };
}
