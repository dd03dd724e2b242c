import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Connection, Transaction } from '../db/client.ts';
import type { embeddingTasks, tasks } from '../db/schema.ts';
import { ConflictError, type InputIssue } from '../errors.ts';

/** Hours for which a client token stands for its task. */
const TOKEN_HOURS = 24;
const LONGEST_TOKEN = 200;

/** The kinds of tasks that a client token may stand for; a token of one is none of the other. */
type TokenTable = typeof tasks | typeof embeddingTasks;

/** A request as it is compared with an earlier one. */
interface Request {
  clientToken: string;
  /** SHA-256 of everything that the client gave. */
  inputDigest: string;
}

/** Faults of a client token. */
export function checkClientToken(clientToken: string | null | undefined): InputIssue[] {
  if (clientToken == null || (clientToken.length >= 1 && clientToken.length <= LONGEST_TOKEN)) return [];
  const message = `${clientToken.length} characters given; allowed are 1 to ${LONGEST_TOKEN}.`;
  return [{ path: ['clientToken'], message }];
}

/** When a token that is still good was used at the earliest. */
function oldestGood(): SQL {
  return sql`clock_timestamp() - make_interval(hours => ${TOKEN_HOURS})`;
}

/** Whether a client token stands for a task, whatever the input that came with it. */
export async function isClientTokenTaken(
  db: Connection,
  table: TokenTable,
  tenant: string,
  clientToken: string,
): Promise<boolean> {
  const good = and(eq(table.tenant, tenant), eq(table.clientToken, clientToken), gte(table.createdAt, oldestGood()));
  return (await db.orm.$count(table, good)) > 0;
}

/**
 * The row that the same request has created before, kept from being deleted until the transaction ends; undefined when
 * the token is new. A token that is too old stands for nothing any more, and is taken from its row.
 * @throws ConflictError when the token came with another input
 */
export async function findRepeated<Table extends TokenTable>(
  tx: Transaction,
  table: Table,
  tenant: string,
  { clientToken, inputDigest }: Request,
): Promise<Table['$inferSelect'] | undefined> {
  const ofToken = and(eq(table.tenant, tenant), eq(table.clientToken, clientToken));
  const tooOld = lt(table.createdAt, oldestGood());
  await tx.orm
    .update(table as TokenTable)
    .set({ clientToken: null })
    .where(and(ofToken, tooOld));
  const [former] = await tx.orm
    .select()
    .from(table as PgTable)
    .where(ofToken)
    .for('key share');
  const row = former as Table['$inferSelect'] | undefined;
  if (row && row.inputDigest !== inputDigest)
    throw new ConflictError(
      `The client token "${clientToken}" was used with another input in the last ${TOKEN_HOURS} hours.`,
    );
  return row;
}
