import { drizzle } from 'drizzle-orm/postgres-js';
import pLimit from 'p-limit';
import postgres, { type Options, type Sql } from 'postgres';
import type { Orm } from './client.ts';
import { isFatal, isOutage } from './faults.ts';
import * as schema from './schema.ts';

/** One connection, and Drizzle on it. Once lost it refuses whatever is asked of it. */
export interface PostgresConnection {
  readonly sql: Sql;
  readonly orm: Orm;
  readonly lost: boolean;
}

/** At most so many connections to a server, opened when they are needed and kept for the next one who needs them. */
export interface PostgresConnections {
  /** Lends a connection to `work`; who comes when all are lent waits. Whatever transaction it begins it has to end. */
  use<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T>;
  /** Drizzle on whichever connection is free, another one for each statement. */
  readonly orm: Orm;
  /** Ends the connections; statements that run have 2 seconds, as a server that is away never ends them. */
  close(): Promise<void>;
}

/** What is asked of a connection that was lost; the code is postgres.js's own. */
class ConnectionClosedError extends Error {
  override name = 'ConnectionClosedError';
  readonly code = 'CONNECTION_CLOSED';
}

/** A client of postgres.js with one connection, which is not opened anew. */
export function openSingle(url: string, options: Options<never> = {}): Sql {
  // Its lifetime would end it in the middle of a transaction.
  return postgres(url, { onnotice: () => {}, max: 1, max_lifetime: null, ...options }) as Sql;
}

/**
 * Each connection is a client of postgres.js of its own, and thrown away when it is lost. Its pool is not for servers
 * that restart (3.4.9): a connection lost within `begin` ends the process, as the rollback goes to a socket that is gone
 * (porsager/postgres issue 1208); statements of that transaction may run outside of any on the next connection (1133).
 * @param url `postgres://user:password@host:port/database`
 */
export function createPostgresConnections(url: string, most: number): PostgresConnections {
  const limit = pLimit(most);
  const open = new Set<PostgresConnection>();
  let idle: PostgresConnection[] = [];

  function connect(): PostgresConnection {
    const connection = { lost: false } as { -readonly [K in keyof PostgresConnection]: PostgresConnection[K] };
    const client = openSingle(url, {
      onclose: () => {
        connection.lost = true;
        open.delete(connection);
      },
    });
    connection.sql = refusingOnceLost(client, connection);
    connection.orm = drizzle(connection.sql, { schema }) as unknown as Orm;
    open.add(connection);
    return connection;
  }

  const use: PostgresConnections['use'] = (work) =>
    limit(async () => {
      idle = idle.filter(({ lost }) => !lost);
      const connection = idle.pop() ?? connect();
      try {
        return await work(connection);
      } finally {
        if (connection.lost) void connection.sql.end({ timeout: 0 });
        else idle.push(connection);
      }
    });

  return {
    use,
    orm: drizzle(spreadOver(use), { schema }) as unknown as Orm,
    async close() {
      await Promise.all([...open].map(({ sql }) => sql.end({ timeout: 2 })));
    },
  };
}

/**
 * What has failed as the connection is lost counts at once, although the socket closes later: meanwhile postgres.js would
 * keep the next statement for another connection, on which the transaction of this one is not.
 */
function refusingOnceLost(client: Sql, connection: { lost: boolean }): Sql {
  const unsafe: Sql['unsafe'] = (...statement) => {
    if (connection.lost) throw new ConnectionClosedError('The connection to Postgres was lost.');
    const query = client.unsafe(...statement);
    // It runs once, later in this turn, with whatever is asked of it until then.
    query.catch((error) => {
      if (isOutage(error) || isFatal(error)) connection.lost = true;
    });
    return query as never;
  };
  return new Proxy(client, { get: (sql, key) => (key === 'unsafe' ? unsafe : Reflect.get(sql, key)) });
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
