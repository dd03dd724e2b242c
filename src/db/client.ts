import { fileURLToPath } from 'node:url';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { ConstructorOptions } from 'pg-boss';
import type * as schema from './schema.ts';

/** Drizzle on either driver. Only the query builder is used: results of raw statements differ between the drivers. */
export type Orm = PgDatabase<PgQueryResultHKT, typeof schema>;

/** Something that has committed and that others may want to hear of: a topic, and the ids that it concerns. */
export interface Change {
  topic: string;
  ids: string[];
}

/** Whatever can run a query: the database itself or a transaction. */
export interface Connection {
  readonly orm: Orm;
}

/** A transaction. What it emits is handed to the listeners of `onCommit` after it has committed, and only then. */
export interface Transaction extends Connection {
  emit(change: Change): void;
}

/** The one database of a process: PGlite in the process, or Postgres. */
export interface Database extends Connection {
  readonly kind: 'pglite' | 'postgres';
  /** What pg-boss needs to run on this database. */
  readonly boss: ConstructorOptions;
  /** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * The same for work that is one statement, which is a transaction by itself: on Postgres the trips of its begin and its
   * commit are saved, a second statement is refused, and whoever throws after the first has committed it.
   */
  statement<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Registers a receiver of every committed transaction's changes, in this process only. */
  onCommit(receive: (changes: Change[]) => void): void;
  /** This process's transactions: those that wait for a connection, and those that have one. */
  countTransactions(): { waiting: number; running: number };
  /** NOTIFY on a connection of its own. Payloads over 8000 bytes are refused by Postgres. */
  notify(channel: string, payload: string): Promise<void>;
  /**
   * LISTEN on a connection of its own, renewed when it drops. `onReady` is called after the first and every later
   * (re)connection, as notifications may have been missed. Returns the way to stop.
   */
  listen(channel: string, receive: (payload: string) => void, onReady: () => void): Promise<() => Promise<void>>;
  /**
   * Runs what only reads, outside of a transaction, and again while the server is away: it restarts, or has cut the
   * connection. After a minute of that the fault is thrown.
   */
  steadily<T>(read: () => Promise<T>): Promise<T>;
  /** Applies the migrations that are missing. Safe to call from several processes at once. */
  migrate(): Promise<void>;
  /** Resolves when the database answers, else throws. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The folder of Drizzle Kit's migrations. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));

type RunTransaction = <T>(work: (orm: Orm) => Promise<T>) => Promise<T>;

/**
 * Adds to a driver's transactions what `Transaction` promises: changes are delivered after the commit. Counts them.
 * @param runOne runs one statement
 */
export function collectChanges(
  run: RunTransaction,
  runOne: RunTransaction,
): Pick<Database, 'transaction' | 'statement' | 'onCommit' | 'countTransactions'> {
  const receivers: ((changes: Change[]) => void)[] = [];
  let open = 0;
  let running = 0;
  const collecting =
    (runWork: RunTransaction): Database['transaction'] =>
    async (work) => {
      const changes: Change[] = [];
      let hasBegun = false;
      open += 1;
      const result = await runWork((orm) => {
        hasBegun = true;
        running += 1;
        return work({ orm, emit: (change) => changes.push(change) });
      }).finally(() => {
        open -= 1;
        if (hasBegun) running -= 1;
      });
      if (changes.length > 0) for (const receive of receivers) receive(changes);
      return result;
    };
  return {
    countTransactions: () => ({ waiting: open - running, running }),
    transaction: collecting(run),
    statement: collecting(runOne),
    onCommit(receive) {
      receivers.push(receive);
    },
  };
}
