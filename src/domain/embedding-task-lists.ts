import { and, eq, gte, inArray, lte, type SQL } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { type EmbeddingTaskRow, embeddingTasks } from '../db/schema.ts';
import type { EmbeddingTaskStatus } from '../db/values.ts';
import { orderingOf, type TimestampOrder } from './index-lists.ts';
import type { Page, PageArguments } from './paging.ts';
import { selectPage } from './select-pages.ts';

/** What a list of embedding tasks may be narrowed to; times are inclusive. */
export interface EmbeddingTaskFilter {
  status?: readonly EmbeddingTaskStatus[] | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

function embeddingTaskConditions(tenant: string, filter: EmbeddingTaskFilter): (SQL | undefined)[] {
  return [
    eq(embeddingTasks.tenant, tenant),
    filter.status ? inArray(embeddingTasks.status, [...new Set(filter.status)]) : undefined,
    filter.createdAfter ? gte(embeddingTasks.createdAt, filter.createdAfter) : undefined,
    filter.createdBefore ? lte(embeddingTasks.createdAt, filter.createdBefore) : undefined,
  ];
}

/** A page of the tenant's embedding tasks, newest first unless said otherwise. */
export async function listEmbeddingTasks(
  db: Connection,
  tenant: string,
  options: { filter: EmbeddingTaskFilter; order?: TimestampOrder | undefined; page: PageArguments },
): Promise<Page<EmbeddingTaskRow>> {
  return selectPage(db, embeddingTasks, {
    where: embeddingTaskConditions(tenant, options.filter),
    ordering: orderingOf(embeddingTasks, options.order),
    page: options.page,
  });
}

/** How many of the tenant's embedding tasks match. */
export async function countEmbeddingTasks(
  db: Connection,
  tenant: string,
  filter: EmbeddingTaskFilter,
): Promise<number> {
  return db.orm.$count(embeddingTasks, and(...embeddingTaskConditions(tenant, filter)));
}
