import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId } from '../db/ids.ts';
import { type EmbeddingRow, type EmbeddingTaskRow, embeddings } from '../db/schema.ts';
import type { EmbeddingScope, Modality } from '../db/values.ts';
import type { Queue } from '../queue/queue.ts';
import { endEmbeddingTask } from './advance-embedding-task.ts';
import type { Page, PageArguments } from './paging.ts';
import type { NewSegment } from './segments.ts';
import { selectPages } from './select-pages.ts';

/** Rows of one INSERT: a statement takes 65,535 parameters, and a row has 9. */
const CHUNK = 1000;

/**
 * Stores what an embedding task is to hand back, and ends it: READY in the same transaction, so that its segments are
 * there whole or not at all. What an earlier run may have stored is replaced.
 * @throws StaleTaskError when the task was canceled or deleted meanwhile, or another run was faster
 */
export async function completeEmbeddingTask(
  tx: Transaction,
  queue: Queue,
  id: string,
  found: readonly NewSegment[],
): Promise<EmbeddingTaskRow> {
  const task = await endEmbeddingTask(tx, queue, id, 'READY');
  await tx.orm.delete(embeddings).where(eq(embeddings.embeddingTaskId, id));
  const rows = found.map(({ modality, scope, startOffset, endOffset, thumbnail, text, embedding }) => {
    const segment = { modality, scope, startOffset, endOffset, thumbnail, text, embedding };
    return { id: createId(), embeddingTaskId: id, ...segment };
  });
  for (let start = 0; start < rows.length; start += CHUNK)
    await tx.orm.insert(embeddings).values(rows.slice(start, start + CHUNK));
  return task;
}

/** A result with or without its vector, which is only loaded where it is asked for. */
export type EmbeddingView = Omit<EmbeddingRow, 'embedding'> & Partial<Pick<EmbeddingRow, 'embedding'>>;

/** Which results of an embedding task are meant; all when nothing is said. */
export interface EmbeddingFilter {
  modalities?: readonly Modality[] | null | undefined;
  scope?: EmbeddingScope | null | undefined;
}

/** What is asked of the results of an embedding task. */
export interface EmbeddingListing {
  filter: EmbeddingFilter;
  page: PageArguments;
  withEmbeddings: boolean;
}

const { embedding: _, ...plainColumns } = getTableColumns(embeddings);

/** The same page of each embedding task's results, in the order of `taskIds`: clips by time, then the whole. */
export async function listEmbeddings(
  db: Connection,
  options: EmbeddingListing,
  taskIds: readonly string[],
): Promise<Page<EmbeddingView>[]> {
  const listing = {
    where: embeddingConditions(options.filter),
    ordering: { sort: embeddings.id, id: embeddings.id, direction: 'ASC' as const },
    page: options.page,
    columns: options.withEmbeddings ? getTableColumns(embeddings) : plainColumns,
  };
  const parent = { column: embeddings.embeddingTaskId, key: 'embeddingTaskId' as const };
  return selectPages(db, embeddings, listing, parent, taskIds);
}

/** How many results of each embedding task match; tasks without any are left out. */
export async function countEmbeddings(
  db: Connection,
  filter: EmbeddingFilter,
  taskIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = await db.orm
    .select({ taskId: embeddings.embeddingTaskId, count: sql`count(*)`.mapWith(Number) })
    .from(embeddings)
    .where(and(inArray(embeddings.embeddingTaskId, [...taskIds]), ...embeddingConditions(filter)))
    .groupBy(embeddings.embeddingTaskId);
  return new Map(counts.map(({ taskId, count }) => [taskId, count]));
}

function embeddingConditions({ modalities, scope }: EmbeddingFilter): (SQL | undefined)[] {
  return [
    modalities ? inArray(embeddings.modality, [...new Set(modalities)]) : undefined,
    scope ? eq(embeddings.scope, scope) : undefined,
  ];
}
