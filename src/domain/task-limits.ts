import type { Connection, Transaction } from '../db/client.ts';
import type { embeddingTasks, tasks } from '../db/schema.ts';
import { isClientTokenTaken } from './client-tokens.ts';
import { lockTenant } from './lock-tenant.ts';
import { refuseMoreTasks } from './queued-tasks.ts';
import { bytesLeft, findShortage, measureStorage, outOfStorage, type StorageUse, UNLIMITED } from './stored-bytes.ts';
import type { VideoSource } from './video-source.ts';

/** What a tenant may have at a time; what is undefined is not limited, and not computed. */
export interface TaskLimits {
  /** Bytes of the distinct files of its tasks and embedding tasks. */
  storedBytes?: number | undefined;
  /** Unfinished tasks and embedding tasks. */
  queuedTasks?: number | undefined;
  /** Tasks that are worked on at once, by which it is estimated when another one will be taken. */
  parallel?: number;
}

/** An upload of which no byte has come yet. */
export interface ExpectedUpload {
  clientToken?: string | null | undefined;
  /** Bytes that it will have at the least. */
  least: number;
}

/**
 * Refuses an upload that is not going to be taken, before its bytes come. Whether it is taken, `checkNewTask` decides.
 * A token that stands for a task passes, as it may bring that back, which needs no room.
 * @param table where its task would go
 * @returns what may be stored of it while it arrives
 * @throws LimitExceededError
 */
export async function checkUpload(
  db: Connection,
  table: typeof tasks | typeof embeddingTasks,
  tenant: string,
  { clientToken, least }: ExpectedUpload,
  { storedBytes, queuedTasks, parallel = 1 }: TaskLimits,
): Promise<StorageUse> {
  if (clientToken && (await isClientTokenTaken(db, table, tenant, clientToken))) return UNLIMITED;
  await refuseMoreTasks(db, tenant, queuedTasks, parallel);
  const storage = await measureStorage(db, tenant, storedBytes);
  if (bytesLeft(storage) < Math.max(1, least)) throw outOfStorage(storage, `at least ${Math.max(1, least)}`);
  return storage;
}

/** Makes other new tasks of the tenant wait, where they would be counted. To be called before a task is locked. */
export async function lockLimits(tx: Transaction, tenant: string, limits: TaskLimits): Promise<void> {
  if (limits.storedBytes !== undefined || limits.queuedTasks !== undefined) await lockTenant(tx, tenant);
}

/**
 * Refuses a new task that would exceed a limit. Exact under `lockLimits`. How many bytes are behind a URL is not known
 * yet: that it is too many, the job finds that downloads them.
 * @throws LimitExceededError
 */
export async function checkNewTask(
  tx: Transaction,
  tenant: string,
  source: VideoSource,
  { storedBytes, queuedTasks, parallel = 1 }: TaskLimits,
): Promise<void> {
  await refuseMoreTasks(tx, tenant, queuedTasks, parallel);
  if ('asset' in source) {
    const shortage = await findShortage(tx, tenant, storedBytes, source.asset);
    if (shortage) throw outOfStorage(shortage, String(source.asset.size));
  } else {
    const storage = await measureStorage(tx, tenant, storedBytes);
    if (bytesLeft(storage) < 1) throw outOfStorage(storage, 'at least 1');
  }
}
