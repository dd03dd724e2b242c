import { sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { assets, embeddingTasks, tasks } from '../db/schema.ts';
import type { TaskFailure } from '../db/values.ts';
import { LimitExceededError } from '../errors.ts';
import type { Asset } from './assets.ts';
import { describeFailure } from './check-video.ts';
import { lockTenant } from './lock-tenant.ts';

/** What a tenant stores, and may store at most. Bytes. */
export interface StorageUse {
  used: number;
  most: number;
}

/** Of whoever nothing is computed for. */
export const UNLIMITED: StorageUse = { used: 0, most: Number.POSITIVE_INFINITY };

/** Bytes that may still come. */
export function bytesLeft({ used, most }: StorageUse): number {
  return Math.max(0, most - used);
}

/**
 * The bytes of the distinct assets that the tenant's tasks and embedding tasks refer to; a video's are those of its
 * task. What several tenants refer to is stored once, and counts for each of them.
 * @param most bytes that the tenant may store; where that is undefined, nothing is computed
 */
export async function measureStorage(db: Connection, tenant: string, most: number | undefined): Promise<StorageUse> {
  return most === undefined ? UNLIMITED : { used: (await sumAssets(db, tenant, null)).used, most };
}

/**
 * Whether the tenant may store an asset in addition: undefined where it may, or has it already, and else what is in the
 * way. Whatever would add to the tenant's bytes waits for the transaction's end, so that two cannot pass together. To be
 * called before a task is locked.
 */
export async function findShortage(
  tx: Transaction,
  tenant: string,
  most: number | undefined,
  asset: Asset,
): Promise<StorageUse | undefined> {
  if (most === undefined) return undefined;
  await lockTenant(tx, tenant);
  const { used, has } = await sumAssets(tx, tenant, asset.sha256);
  return has || used + asset.size <= most ? undefined : { used, most };
}

async function sumAssets(
  db: Connection,
  tenant: string,
  sha256: string | null,
): Promise<{ used: number; has: boolean }> {
  const referred = sql`
    select ${tasks.asset} from ${tasks} where ${tasks.tenant} = ${tenant} and ${tasks.asset} is not null
    union select ${embeddingTasks.asset} from ${embeddingTasks}
      where ${embeddingTasks.tenant} = ${tenant} and ${embeddingTasks.asset} is not null`;
  const [sums] = await db.orm
    .select({
      used: sql`coalesce(sum(${assets.size}), 0)`.mapWith(Number),
      has: sql<boolean>`coalesce(bool_or(${assets.sha256} = ${sha256}::text), false)`,
    })
    .from(assets)
    .where(sql`${assets.sha256} in (${referred})`);
  return sums ?? { used: 0, has: false };
}

/** @param came the bytes that were to be added, in words */
export function outOfStorage({ used, most }: StorageUse, came: string): LimitExceededError {
  const message = `${used} bytes are stored, and ${came} were to be added; at most ${most} are allowed.`;
  return new LimitExceededError(message, `${most} bytes stored`);
}

/** The failure of a task whose bytes came from a URL. @param came as `outOfStorage` */
export function describeShortage({ used, most }: StorageUse, came: string): TaskFailure {
  const [actual, allowed] = [`${came} bytes`, `at most ${bytesLeft({ used, most })} bytes`];
  const message = `The file is too large for what may still be stored: it has ${actual}; allowed are ${allowed}, as ${used} of ${most} are in use.`;
  return describeFailure('VIDEO_FILESIZE_TOO_LARGE', message, actual, allowed);
}
