import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/postgres-js';
import pLimit from 'p-limit';
import postgres, { type Options, type Sql } from 'postgres';
import type { Orm } from './client.ts';
import { isFatal, isOutage } from './faults.ts';
import * as schema from './schema.ts';

/** Seconds in which a server has to answer, where it is there at all. */
const CONNECT_TIMEOUT = 5;
/** Milliseconds for which work in progress is waited for at the end. */
const LONGEST_CLOSE = 2_000;

/** A connection as long as it is lent, and Drizzle on it. Once it is lost or given back it refuses what is asked of it. */
export interface PostgresConnection {
  readonly sql: Sql;
  readonly orm: Orm;
  /** Throws it away: nobody gets it after this. */
  giveUp(): void;
}

/** At most so many connections to a server, opened when they are needed and kept for the next one who needs them. */
export interface PostgresConnections {
  /**
   * Lends a connection to `work`; who comes when all are lent waits. Whatever transaction it begins it has to end.
   * @param most statements that it may ask for, where that is limited
   */
  use<T>(work: (connection: PostgresConnection) => Promise<T>, most?: number): Promise<T>;
  /** Drizzle on whichever connection is free, another one for each statement. */
  readonly orm: Orm;
  /** Opens and lends no more, waits 2 seconds for those that are lent, and ends all. */
  close(): Promise<void>;
}

/** Characters of a statement that is prepared: longer ones insert many rows, and hardly come again. */
const LONGEST_PREPARED = 5_000;
/** Statements that a process prepares on each of its connections, and one-time texts among which the next is found. */
const [MOST_PREPARED, MOST_REMEMBERED] = [500, 500];

/** What is asked of a connection that was lost; the code is postgres.js's own. */
class ConnectionClosedError extends Error {
  override name = 'ConnectionClosedError';
  readonly code = 'CONNECTION_CLOSED';
}

/** The connections were closed by this process: no outage, which would pass. */
class ConnectionsClosedError extends Error {
  override name = 'ConnectionsClosedError';
}

/** A connection that is kept from one loan to the next. */
interface Kept {
  client: Sql;
  lost: boolean;
}

/** How long a connection is lent, and for how many statements more. */
interface Loan {
  isOver: boolean;
  statements: number;
}

/**
 * A client of postgres.js with one connection, which is never opened anew: what is asked of it first when that is lost is
 * rejected, and nothing must be asked of it after that.
 */
export function openSingle(url: string, options: Options<never> = {}): Sql {
  let isOpened = false;
  function socket({ host: [host], port: [port = 5432], path }: { host: string[]; port: number[]; path?: string }) {
    if (isOpened) throw new ConnectionClosedError('The connection to Postgres was lost.');
    isOpened = true;
    // postgres.js reads `host` where it checks the certificate.
    return Object.assign(path ? connect(path) : connect(port, host), { host });
  }
  // Its lifetime would end it in the middle of a transaction.
  const single = { max: 1, max_lifetime: null, connect_timeout: CONNECT_TIMEOUT, onnotice: () => {}, socket };
  return postgres(url, { ...single, ...options } as object) as Sql;
}

/**
 * Each connection is a client of postgres.js of its own, and thrown away when it is lost. Its pool is not for servers
 * that restart (3.4.9): a connection lost within `begin` ends the process, as the rollback goes to a socket that is gone
 * (porsager/postgres issue 1208); statements of that transaction may run outside of any on the next connection (1133).
 * @param url `postgres://user:password@host:port/database`
 */
export function createPostgresConnections(url: string, most: number): PostgresConnections {
  const limit = pLimit(most);
  const isRecurring = recognizeRecurring();
  const open = new Set<Kept>();
  const loans = new Set<Promise<unknown>>();
  let idle: Kept[] = [];
  let isClosed = false;

  function openOne(): Kept {
    const client = openSingle(url, {
      // A prepared statement is planned for its parameters at each run, as it would be without: a partial index or a
      // selective filter is of no use to a plan for whatever parameters.
      connection: { plan_cache_mode: 'force_custom_plan' },
      onclose: () => {
        kept.lost = true;
        open.delete(kept);
      },
    });
    const kept: Kept = { client, lost: false };
    open.add(kept);
    return kept;
  }

  async function lend<T>(work: (connection: PostgresConnection) => Promise<T>, statements: number): Promise<T> {
    if (isClosed) throw new ConnectionsClosedError('The connections to Postgres are closed.');
    idle = idle.filter(({ lost }) => !lost);
    const kept = idle.pop() ?? openOne();
    const loan: Loan = { isOver: false, statements };
    try {
      return await work(connectionOf(kept, loan, isRecurring));
    } finally {
      loan.isOver = true;
      if (kept.lost || isClosed) void kept.client.end({ timeout: 0 });
      else idle.push(kept);
    }
  }

  const use: PostgresConnections['use'] = (work, statements = Number.POSITIVE_INFINITY) => {
    const lent = limit(() => lend(work, statements));
    loans.add(lent);
    const forget = () => loans.delete(lent);
    lent.then(forget, forget);
    return lent;
  };

  return {
    use,
    orm: drizzle(spreadOver(use), { schema }) as unknown as Orm,
    async close() {
      isClosed = true;
      await Promise.race([Promise.allSettled(loans), wait(LONGEST_CLOSE, undefined, { ref: false })]);
      await Promise.all([...open].map(({ client }) => client.end({ timeout: 0 })));
    },
  };
}

function connectionOf(kept: Kept, loan: Loan, isRecurring: (text: string) => boolean): PostgresConnection {
  const sql = guarded(kept, loan, isRecurring);
  return {
    sql,
    // Also where it is not asked for: with it the client leaves values to Drizzle's columns.
    orm: drizzle(sql) as unknown as Orm,
    giveUp() {
      kept.lost = true;
    },
  };
}

/**
 * What has failed as the connection is lost counts at once, although the socket closes later: meanwhile postgres.js would
 * keep the next statement for another connection, on which the transaction of this one is not.
 */
function guarded(kept: Kept, loan: Loan, isRecurring: (text: string) => boolean): Sql {
  const unsafe: Sql['unsafe'] = (text, parameters, options) => {
    if (loan.isOver) throw new Error('A statement came after its transaction was over.');
    if (loan.statements === 0) throw new Error('More statements came than were to come.');
    if (kept.lost) throw new ConnectionClosedError('The connection to Postgres was lost.');
    loan.statements -= 1;
    const prepare = isRecurring(text);
    const query = kept.client.unsafe(text, parameters, prepare ? { ...options, prepare } : options);
    // It runs once, later in this turn, with whatever is asked of it until then.
    query.catch((error) => {
      if (isOutage(error) || isFatal(error)) kept.lost = true;
    });
    return query as never;
  };
  return new Proxy(kept.client, {
    get(client, key) {
      if (key === 'unsafe') return unsafe;
      if (key === 'begin' || key === 'savepoint') throw new TypeError('Transactions are `Database.transaction` alone.');
      return Reflect.get(client, key);
    },
  });
}

/**
 * Tells the statements that have come before, the first `MOST_PREPARED` of them: a server keeps what was prepared for as
 * long as its connection. postgres.js asks the server for the types of a statement's parameters before it sends them,
 * unless that is prepared: two trips instead of one, which was half of the time of short statements.
 */
function recognizeRecurring(): (text: string) => boolean {
  const recurring = new Set<string>();
  const once = new Set<string>();
  return (text) => {
    if (recurring.has(text)) return true;
    if (text.length > LONGEST_PREPARED || recurring.size >= MOST_PREPARED) return false;
    if (once.delete(text)) recurring.add(text);
    else once.add(text);
    const [oldest] = once.size > MOST_REMEMBERED ? once : [];
    if (oldest !== undefined) once.delete(oldest);
    return recurring.has(text);
  };
}

/** What Drizzle asks of a client of postgres.js, on one connection or another. */
function spreadOver(use: PostgresConnections['use']): Sql {
  const unsafe = (...statement: Parameters<Sql['unsafe']>) => ({
    values: () => use(async ({ sql }) => sql.unsafe(...statement).values()),
    // A query of postgres.js is what its `then` makes it, too.
    // biome-ignore lint/suspicious/noThenProperty: as above
    then: (...handlers: Parameters<Promise<unknown>['then']>) =>
      use(async ({ sql }) => sql.unsafe(...statement)).then(...handlers),
  });
  return { options: { parsers: {}, serializers: {} }, unsafe } as unknown as Sql;
}
