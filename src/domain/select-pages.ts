import { and, eq, getTableColumns, type InferSelectModel, type SQL } from 'drizzle-orm';
import { type PgColumn, type PgTable, unionAll } from 'drizzle-orm/pg-core';
import type { Connection } from '../db/client.ts';
import { type Ordering, type Page, type PageArguments, type PageQuery, pageQuery } from './paging.ts';

/** Which rows of a table, in which order, and which page of them. */
export interface Listing {
  where: (SQL | undefined)[];
  ordering: Ordering;
  page: PageArguments;
  /** The columns to load; all when absent. */
  columns?: Record<string, PgColumn | SQL>;
}

/** One page of a table's rows. */
export async function selectPage<Table extends PgTable>(
  db: Connection,
  table: Table,
  listing: Listing,
): Promise<Page<InferSelectModel<Table>>> {
  const query = pageQuery(listing.page, listing.ordering);
  const rows = await selectRows(db, table, listing, query);
  return query.toPage(rows as InferSelectModel<Table>[]);
}

/**
 * The same page of each parent's rows, in one statement however many parents there are.
 * @param parent the column that names a row's parent, and its key in a row
 * @returns a page for each of `ids`, in their order
 */
export async function selectPages<Table extends PgTable>(
  db: Connection,
  table: Table,
  listing: Listing,
  parent: { column: PgColumn; key: keyof InferSelectModel<Table> },
  ids: readonly string[],
): Promise<Page<InferSelectModel<Table>>[]> {
  const query = pageQuery(listing.page, listing.ordering);
  const [first, second, ...others] = ids.map((id) => selectRows(db, table, listing, query, eq(parent.column, id)));
  if (!first) return [];
  const rows = (second ? await unionAll(first, second, ...others) : await first) as InferSelectModel<Table>[];
  const byParent = Map.groupBy(rows, (row) => row[parent.key] as string);
  return ids.map((id) => query.toPage(byParent.get(id) ?? []));
}

function selectRows(db: Connection, table: PgTable, listing: Listing, query: PageQuery, condition?: SQL) {
  return db.orm
    .select(listing.columns ?? getTableColumns(table))
    .from(table)
    .where(and(query.where, ...listing.where, condition))
    .orderBy(...query.orderBy)
    .limit(query.limit);
}
