import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';

/**
 * Makes whatever adds to what the tenant has wait for this transaction's end: what is counted under it stays as it is.
 * Taken after an index and before tasks, videos and assets are locked.
 */
export async function lockTenant(tx: Transaction, tenant: string): Promise<void> {
  await tx.orm.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`limits of ${tenant}`}, 0))`);
}
