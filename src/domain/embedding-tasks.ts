import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { createId, isId } from '../db/ids.ts';
import { type EmbeddingTaskRow, embeddingTasks } from '../db/schema.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { emitChange } from '../events/topics.ts';
import type { Queue } from '../queue/queue.ts';
import { endEmbeddingTask, progressOf } from './advance-embedding-task.ts';
import { claimAsset, releaseAssets } from './assets.ts';
import { findRepeated } from './client-tokens.ts';
import type { EmbeddingSettings } from './embedding-settings.ts';
import { queueEmbeddingTask } from './queue-embedding-task.ts';
import type { StorageUse } from './stored-bytes.ts';
import { checkNewTask, checkUpload, type ExpectedUpload, lockLimits, type TaskLimits } from './task-limits.ts';
import { filenameOf, type VideoSource } from './video-source.ts';

/** What is said of a new embedding task. */
export interface NewEmbeddingTask {
  source: VideoSource;
  settings: EmbeddingSettings;
  clientToken?: string | null | undefined;
  /** SHA-256 of everything that the client gave; tells a repeated request from another one with the same token. */
  inputDigest: string;
}

/** Refuses the upload of an embedding task that would not be created. @throws LimitExceededError; `checkUpload` says more */
export function checkEmbeddingUpload(
  db: Connection,
  tenant: string,
  upload: ExpectedUpload,
  limits: TaskLimits,
): Promise<StorageUse> {
  return checkUpload(db, embeddingTasks, tenant, upload, limits);
}

/**
 * Creates an embedding task and its first job in one transaction. A client token that came before brings back its task,
 * whatever the limits.
 * @throws ConflictError when the token came with another input, LimitExceededError
 */
export async function createEmbeddingTask(
  tx: Transaction,
  queue: Queue,
  tenant: string,
  input: NewEmbeddingTask,
  limits: TaskLimits = {},
): Promise<EmbeddingTaskRow> {
  const { source, settings, clientToken = null, inputDigest } = input;
  await lockLimits(tx, tenant, limits);
  const former = clientToken ? await findRepeated(tx, embeddingTasks, tenant, { clientToken, inputDigest }) : undefined;
  if (former) return former;
  await checkNewTask(tx, tenant, source, limits);
  const arrived = 'asset' in source;
  if (arrived) await claimAsset(tx, source.asset);
  const [task] = await tx.orm
    .insert(embeddingTasks)
    .values({
      id: createId(),
      tenant,
      ...settings,
      status: 'PROCESSING',
      version: 1,
      progress: progressOf(arrived ? 'decode' : 'download', 0),
      ...(arrived ? { source: 'FILE', asset: source.asset.sha256 } : { source: 'URL', sourceUrl: source.url }),
      filename: filenameOf(source),
      clientToken,
      inputDigest,
    })
    .onConflictDoNothing({ target: [embeddingTasks.tenant, embeddingTasks.clientToken] })
    .returning();
  // Another request with this token was faster: it has committed, and is found now.
  if (!task) return createEmbeddingTask(tx, queue, tenant, input, limits);
  emitChange(tx, 'embedding-task:changed', { embeddingTaskId: task.id });
  await queueEmbeddingTask(tx, queue, task);
  return task;
}

/** The tenant's embedding task, locked until the transaction ends. */
async function lockEmbeddingTask(tx: Transaction, tenant: string, id: string): Promise<EmbeddingTaskRow> {
  const [task] = isId(id)
    ? await tx.orm
        .select()
        .from(embeddingTasks)
        .where(and(eq(embeddingTasks.tenant, tenant), eq(embeddingTasks.id, id)))
        .for('update')
    : [];
  if (!task) throw new NotFoundError('No such embedding task.');
  return task;
}

/**
 * Stops the work on an embedding task; a job in progress notices, and clears up after itself.
 * @throws NotFoundError, or ConflictError when the work is over already
 */
export async function cancelEmbeddingTask(
  tx: Transaction,
  queue: Queue,
  tenant: string,
  id: string,
): Promise<EmbeddingTaskRow> {
  const { status } = await lockEmbeddingTask(tx, tenant, id);
  if (status !== 'PROCESSING')
    throw new ConflictError(`The embedding task is ${status}; only one that is PROCESSING can be canceled.`);
  return endEmbeddingTask(tx, queue, id, 'CANCELED');
}

/**
 * Deletes an embedding task whose work is over, with its vectors, and the bytes that nothing else uses.
 * @throws NotFoundError, or ConflictError when the work is not over
 */
export async function deleteEmbeddingTask(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<void> {
  const { status } = await lockEmbeddingTask(tx, tenant, id);
  if (status === 'PROCESSING')
    throw new ConflictError('The embedding task is PROCESSING; cancel it first, or wait until it is READY or FAILED.');
  await removeEmbeddingTasks(tx, queue, [id]);
}

/**
 * Removes embedding tasks of all tenants that ended at least `age` seconds ago, the oldest first, in one batch. What
 * another worker is removing at the same time is left to it.
 * @returns how many went; fewer than `most` when no others were left
 */
export async function removeOldEmbeddingTasks(
  tx: Transaction,
  queue: Queue,
  { age, most }: { age: number; most: number },
): Promise<number> {
  const old = await tx.orm
    .select({ id: embeddingTasks.id })
    .from(embeddingTasks)
    .where(
      and(
        ne(embeddingTasks.status, 'PROCESSING'),
        sql`${embeddingTasks.updatedAt} <= clock_timestamp() - make_interval(secs => ${age}::double precision)`,
      ),
    )
    .orderBy(embeddingTasks.updatedAt)
    .limit(most)
    .for('update', { skipLocked: true });
  await removeEmbeddingTasks(
    tx,
    queue,
    old.map(({ id }) => id),
  );
  return old.length;
}

/** Deletes rows that are locked already. Their vectors go with them. */
async function removeEmbeddingTasks(tx: Transaction, queue: Queue, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const removed = await tx.orm.delete(embeddingTasks).where(inArray(embeddingTasks.id, ids)).returning();
  await releaseAssets(
    tx,
    queue,
    removed.map(({ asset }) => asset),
  );
  for (const { id } of removed) emitChange(tx, 'embedding-task:changed', { embeddingTaskId: id });
}

/** The tenant's embedding tasks of these ids, in any order. */
export async function findEmbeddingTasks(
  db: Connection,
  tenant: string,
  ids: readonly string[],
): Promise<EmbeddingTaskRow[]> {
  const valid = ids.filter(isId);
  if (valid.length === 0) return [];
  return db.orm
    .select()
    .from(embeddingTasks)
    .where(and(eq(embeddingTasks.tenant, tenant), inArray(embeddingTasks.id, valid)));
}
