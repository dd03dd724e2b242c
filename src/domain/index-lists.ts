import { and, eq, gte, ilike, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Connection } from '../db/client.ts';
import { type IndexRow, indexes, videos } from '../db/schema.ts';
import type { Page, PageArguments } from './paging.ts';
import { selectPage } from './select-pages.ts';

/** What a list of indexes may be narrowed to; times are inclusive. */
export interface IndexFilter {
  name?: string | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** How a list of tasks or indexes is ordered. */
export interface TimestampOrder {
  field: 'CREATED_AT' | 'UPDATED_AT';
  direction: 'ASC' | 'DESC';
}

function indexConditions(tenant: string, filter: IndexFilter): (SQL | undefined)[] {
  return [
    eq(indexes.tenant, tenant),
    filter.name == null ? undefined : ilike(indexes.name, containing(filter.name)),
    filter.createdAfter ? gte(indexes.createdAt, filter.createdAfter) : undefined,
    filter.createdBefore ? lte(indexes.createdAt, filter.createdBefore) : undefined,
  ];
}

/** The pattern of LIKE for texts that contain this one, letter for letter. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** The ordering of a list that is ordered by time: newest first unless said otherwise. */
export function orderingOf(
  table: Record<'id' | 'createdAt' | 'updatedAt', PgColumn>,
  order: TimestampOrder | undefined,
) {
  const sort = order?.field === 'UPDATED_AT' ? table.updatedAt : table.createdAt;
  return { sort, id: table.id, direction: order?.direction ?? ('DESC' as const) };
}

/** A page of the tenant's indexes, newest first unless said otherwise. */
export async function listIndexes(
  db: Connection,
  tenant: string,
  options: { filter: IndexFilter; order?: TimestampOrder | undefined; page: PageArguments },
): Promise<Page<IndexRow>> {
  return selectPage(db, indexes, {
    where: indexConditions(tenant, options.filter),
    ordering: orderingOf(indexes, options.order),
    page: options.page,
  });
}

/** How many indexes of the tenant match. */
export async function countIndexes(db: Connection, tenant: string, filter: IndexFilter): Promise<number> {
  return db.orm.$count(indexes, and(...indexConditions(tenant, filter)));
}

/** Number and seconds of the videos of each index that has any. */
export async function sumVideos(
  db: Connection,
  ids: readonly string[],
): Promise<Map<string, { count: number; duration: number }>> {
  const sums = await db.orm
    .select({
      indexId: videos.indexId,
      count: sql`count(*)`.mapWith(Number),
      duration: sql`sum((${videos.metadata} ->> 'duration')::double precision)`.mapWith(Number),
    })
    .from(videos)
    .where(inArray(videos.indexId, [...ids]))
    .groupBy(videos.indexId);
  return new Map(sums.map(({ indexId, ...sum }) => [indexId, sum]));
}
