import { eq, inArray, sql } from 'drizzle-orm';
import type { Connection, Database, Transaction } from '../db/client.ts';
import { assets, embeddingTasks, tasks, videos } from '../db/schema.ts';
import type { Queue } from '../queue/queue.ts';
import { removeAsset } from './jobs.ts';

/** What an upload left in the storage. */
export interface Asset {
  sha256: string;
  size: number;
}

/** Makes everything that adds or removes the asset's bytes wait for this transaction's end. */
async function lockAsset(tx: Transaction, sha256: string): Promise<void> {
  await tx.orm.execute(sql`select pg_advisory_xact_lock(hashtextextended(${sha256}, 0))`);
}

/** Takes possession of an asset. The bytes must be in their place before the transaction commits. */
export async function claimAsset(tx: Transaction, asset: Asset): Promise<void> {
  await lockAsset(tx, asset.sha256);
  await tx.orm.insert(assets).values({ sha256: asset.sha256, size: asset.size }).onConflictDoNothing();
}

/** Gives up assets after what referred to them was deleted: those that nothing refers to go, with their bytes. */
export async function releaseAssets(tx: Transaction, queue: Queue, hashes: (string | null)[]): Promise<void> {
  const distinct = [...new Set(hashes.filter((hash) => hash !== null))].sort();
  for (const sha256 of distinct) await lockAsset(tx, sha256);
  if (distinct.length === 0) return;
  const released = await tx.orm
    .delete(assets)
    .where(
      sql`${inArray(assets.sha256, distinct)}
        and not exists (select from ${tasks} where ${tasks.asset} = ${assets.sha256})
        and not exists (select from ${videos} where ${videos.asset} = ${assets.sha256})
        and not exists (select from ${embeddingTasks} where ${embeddingTasks.asset} = ${assets.sha256})`,
    )
    .returning({ sha256: assets.sha256 });
  for (const asset of released) await queue.enqueue(tx, removeAsset, asset);
}

/** Calls `remove` while nothing can claim the asset, unless it is claimed already. */
export async function removeUnclaimed(db: Database, sha256: string, remove: () => Promise<void>): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockAsset(tx, sha256);
    if (await findAsset(tx, sha256)) return false;
    await remove();
    return true;
  });
}

/** The asset's row, or undefined when nothing has claimed it. */
export async function findAsset(db: Connection, sha256: string): Promise<Asset | undefined> {
  const [asset] = await db.orm.select().from(assets).where(eq(assets.sha256, sha256));
  return asset;
}
