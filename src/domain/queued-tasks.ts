import { and, eq, sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { embeddingTasks, tasks } from '../db/schema.ts';
import { LimitExceededError } from '../errors.ts';
import { estimateWork } from './stage-speeds.ts';

/** How many of the tenant's tasks and embedding tasks are not over. */
async function countQueuedTasks(db: Connection, tenant: string): Promise<number> {
  // As the indexes have it: a prepared statement could not use them by its parameters.
  const unfinished = and(eq(tasks.tenant, tenant), sql`${tasks.status} not in ('READY', 'FAILED', 'CANCELED')`);
  const processing = and(eq(embeddingTasks.tenant, tenant), sql`${embeddingTasks.status} = 'PROCESSING'`);
  const sum = sql`${db.orm.$count(tasks, unfinished)} + ${db.orm.$count(embeddingTasks, processing)}`;
  const [queued] = await db.orm.select({ count: sum.mapWith(Number) }).from(sql`(values (0)) as one_row`);
  return queued?.count ?? 0;
}

/**
 * Refuses one more unfinished task. When to try again is estimated: one ends in the time that a usual one takes, divided
 * by those that are worked on at once, as if nobody else's were.
 * @param most unfinished tasks; where that is undefined, nothing is computed
 * @param parallel tasks that are worked on at once
 * @throws LimitExceededError
 */
export async function refuseMoreTasks(
  db: Connection,
  tenant: string,
  most: number | undefined,
  parallel: number,
): Promise<void> {
  if (most === undefined) return;
  const count = await countQueuedTasks(db, tenant);
  if (count < most) return;
  const retryAfter = Math.max(1, Math.ceil((await estimateWork(db)) / parallel));
  const message = `Of at most ${most} unfinished tasks there are ${count}, and another one was asked for. Try again in ${retryAfter} s.`;
  throw new LimitExceededError(message, `${most} unfinished tasks`, retryAfter);
}
