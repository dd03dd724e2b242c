import { and, eq, gte, lt, max, ne, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { turns } from '../db/schema.ts';
import type { JobDefinition } from '../queue/job.ts';
import type { Queue } from '../queue/queue.ts';

/** Jobs that wait in one line: those that a task goes through one after the other, with the same turn. */
export interface Line {
  name: string;
  jobs: readonly Pick<JobDefinition<unknown>, 'name'>[];
}

/** Whose turn it is: a tenant, and what of the tenant's has a share of its own, such as an index. */
interface Flow {
  tenant: string;
  flow: string;
}

/** The last turn that a job's priority can express. */
const LAST_TURN = 2 ** 31 - 1;

/**
 * The turn of new work in a line, to be kept with it and given to `queue.enqueue` of each of its jobs: small ones come
 * first. To be called last, just before the job is enqueued: a flow that is given a turn is locked until the commit.
 *
 * This is self-clocked fair queueing (Golestani, INFOCOM 1994; its start-time form is Goyal, Vin and Cheng, SIGCOMM
 * 1996). The virtual time is the first turn that waits, or the last one given when none does. A flow's next turn is one
 * step after its last one, or after the virtual time when it has been idle: it neither saves up turns nor owes any. The
 * step is the number of the tenant's flows that are not idle, so that they share what one flow would get.
 *
 * Approximate: turns that were given out stay as they are when flows come and go, so that a tenant that fills `n` flows
 * one after the other has up to 1 + ln n shares while they drain; and transactions at the same time do not see each
 * other's flows.
 */
export async function takeTurn(tx: Transaction, queue: Queue, line: Line, { tenant, flow }: Flow): Promise<number> {
  const now = await virtualTime(tx, queue, line);
  const others = await tx.orm.$count(
    turns,
    and(eq(turns.line, line.name), eq(turns.tenant, tenant), ne(turns.flow, flow), gte(turns.last, now)),
  );
  const step = others + 1;
  const [taken] = await tx.orm
    .insert(turns)
    .values({ line: line.name, tenant, flow, last: Math.min(now + others, LAST_TURN) })
    .onConflictDoUpdate({
      target: [turns.line, turns.tenant, turns.flow],
      set: { last: sql`least(greatest(excluded.last, ${turns.last}::bigint + ${step}), ${LAST_TURN})` },
    })
    .returning({ turn: turns.last });
  if (!taken) throw new Error(`${tenant} was given no turn`);
  return taken.turn;
}

/** Forgets flows that are idle: their next turn is the same without. */
export async function forgetTurns(db: Connection, queue: Queue, line: Line): Promise<void> {
  const now = await virtualTime(db, queue, line);
  await db.orm.delete(turns).where(and(eq(turns.line, line.name), lt(turns.last, now)));
}

/** The first turn that waits in a line, or else the last one that was given. */
async function virtualTime(db: Connection, queue: Queue, line: Line): Promise<number> {
  const first = await queue.firstTurn(db, line.jobs);
  if (first !== undefined) return first;
  const [given] = await db.orm
    .select({ last: max(turns.last) })
    .from(turns)
    .where(eq(turns.line, line.name));
  return given?.last ?? 0;
}
