import { and, eq, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { type EmbeddingTaskRow, embeddingTasks } from '../db/schema.ts';
import type { EmbeddingTaskStatus, TaskFailure, VideoMetadata } from '../db/values.ts';
import { emitChange } from '../events/topics.ts';
import type { Queue } from '../queue/queue.ts';
import { laterThan, StaleTaskError } from './advance-task.ts';
import { type Asset, claimAsset, releaseAssets } from './assets.ts';

/** What part of the whole is done when a stage begins and when it ends. */
const STAGES = { download: [0, 0.1], decode: [0.1, 0.6], embed: [0.6, 1] } as const;

/** What an embedding task is busy with while it is PROCESSING. */
export type EmbeddingStage = keyof typeof STAGES;

/** The progress (0 to 1) of an embedding task that has done `fraction` of a stage. */
export function progressOf(stage: EmbeddingStage, fraction: number): number {
  const [begin, end] = STAGES[stage];
  return begin + (end - begin) * Math.min(Math.max(fraction, 0), 1);
}

/** What was found out about a task that is still PROCESSING. `progress` is 0 to 1 and never goes back. */
export interface EmbeddingNews {
  progress: number;
  metadata?: VideoMetadata;
  /** Bytes that have arrived. They are claimed here, after the row is locked: deletions lock in the same order. */
  asset?: Asset;
}

/**
 * Notes what was found out about a task while it is worked on; subscribers hear of it.
 * @throws StaleTaskError when the task is gone or no longer PROCESSING, or has other bytes already
 */
export async function noteEmbeddingTask(
  tx: Transaction,
  id: string,
  { progress, metadata, asset }: EmbeddingNews,
): Promise<EmbeddingTaskRow> {
  if (asset) {
    const { asset: former } = await lockProcessing(tx, id);
    if (former !== null) throw new StaleTaskError(`the bytes of embedding task ${id} have arrived already`);
    await claimAsset(tx, asset);
  }
  const [task] = await tx.orm
    .update(embeddingTasks)
    .set({
      progress: sql`greatest(${embeddingTasks.progress}, ${progress}::double precision)`,
      ...(metadata && { metadata }),
      ...(asset && { asset: asset.sha256 }),
    })
    .where(and(eq(embeddingTasks.id, id), eq(embeddingTasks.status, 'PROCESSING')))
    .returning();
  if (!task) throw stale(id);
  emitChange(tx, 'embedding-task:changed', { embeddingTaskId: id });
  return task;
}

/**
 * The one way in which an embedding task changes its state: PROCESSING -> READY, FAILED or CANCELED, each of them for
 * good. Of what failed or was canceled the bytes are given up at once, as nothing leads back to them.
 * @throws StaleTaskError when the task is gone or no longer PROCESSING
 */
export async function endEmbeddingTask(
  tx: Transaction,
  queue: Queue,
  id: string,
  status: Exclude<EmbeddingTaskStatus, 'PROCESSING'>,
  { failure, metadata }: { failure?: TaskFailure; metadata?: VideoMetadata | undefined } = {},
): Promise<EmbeddingTaskRow> {
  const task = await lockProcessing(tx, id);
  const done = status === 'READY';
  const [ended] = await tx.orm
    .update(embeddingTasks)
    .set({
      status,
      failure: failure ?? null,
      version: task.version + 1,
      ...(done ? { progress: 1 } : { asset: null }),
      ...(metadata && { metadata }),
      updatedAt: laterThan(embeddingTasks.updatedAt),
    })
    .where(eq(embeddingTasks.id, id))
    .returning();
  if (!ended) throw stale(id);
  if (!done) await releaseAssets(tx, queue, [task.asset]);
  emitChange(tx, 'embedding-task:changed', { embeddingTaskId: id });
  return ended;
}

/** The embedding task of whatever tenant, or undefined when it is gone. */
export async function findEmbeddingRun(db: Connection, id: string): Promise<EmbeddingTaskRow | undefined> {
  const [task] = await db.orm.select().from(embeddingTasks).where(eq(embeddingTasks.id, id));
  return task;
}

async function lockProcessing(tx: Transaction, id: string): Promise<EmbeddingTaskRow> {
  const [task] = await tx.orm.select().from(embeddingTasks).where(eq(embeddingTasks.id, id)).for('update');
  if (task?.status !== 'PROCESSING') throw stale(id);
  return task;
}

function stale(id: string): StaleTaskError {
  return new StaleTaskError(`embedding task ${id} is not PROCESSING`);
}
