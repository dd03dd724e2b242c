import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import { collectChanges, type Database, MIGRATIONS_FOLDER, type Orm } from './client.ts';
import { isOutage } from './faults.ts';
import { listenOnPostgres } from './postgres-listener.ts';
import * as schema from './schema.ts';

/** Names the advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 72_656_101;
/** Milliseconds between two tries to read while the server is away, and for which it may be. */
const [PAUSE, LONGEST_OUTAGE] = [250, 60_000];
/** Milliseconds for which open transactions are waited for. */
const LONGEST_CLOSE = 2_000;

/**
 * Opens a pool on Postgres 15 or later with pgvector 0.8 or later. The driver is pg: postgres.js (3.4.9) ends the
 * process when a connection is lost within a transaction, as it goes on to write to the socket that is gone.
 * @param options.url `postgres://user:password@host:port/database`
 * @param options.connections size of the pool; NOTIFY and LISTEN have one connection each besides
 */
export function openPostgres(options: { url: string; connections?: number }): Database {
  const connectionString = options.url;
  const pool = openPool({ connectionString, max: options.connections ?? 10 });
  const notifier = openPool({ connectionString, max: 1 });
  const orm = drizzle(pool, { schema }) as unknown as Orm;
  return {
    kind: 'postgres',
    orm,
    boss: { backend: 'postgres', connectionString },
    ...collectChanges(createTransactions(pool)),
    async notify(channel, payload) {
      await notifier.query('select pg_notify($1, $2)', [channel, payload]);
    },
    listen: (channel, receive, onReady) => listenOnPostgres(connectionString, channel, receive, onReady),
    async steadily(read) {
      const end = performance.now() + LONGEST_OUTAGE;
      for (;;) {
        try {
          return await read();
        } catch (error) {
          if (!isOutage(error) || performance.now() > end) throw error;
          await wait(PAUSE);
        }
      }
    },
    async migrate() {
      const single = new Client({ connectionString });
      await single.connect();
      try {
        await single.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
        await single.query('create extension if not exists vector');
        await migrate(drizzle(single), { migrationsFolder: MIGRATIONS_FOLDER });
      } finally {
        await single.end();
      }
    },
    async ping() {
      await orm.execute(sql`select 1`);
    },
    async close() {
      // A pool waits for its transactions, and a server that is away never ends them.
      const ended = Promise.all([pool.end(), notifier.end()]);
      await Promise.race([ended, wait(LONGEST_CLOSE, undefined, { ref: false })]);
    },
  };
}

/** A pool that survives the loss of its connections: whoever uses one is told by the query that fails. */
function openPool(config: PoolConfig): Pool {
  const pool = new Pool({ idleTimeoutMillis: 60_000, keepAlive: true, ...config });
  pool.on('error', () => {});
  // The pool listens to those only that nobody has taken.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Drizzle's own transactions never give a connection back that was lost before their first statement. */
function createTransactions(pool: Pool): <T>(work: (orm: Orm) => Promise<T>) => Promise<T> {
  const orms = new WeakMap<PoolClient, Orm>();
  const ormOf = (client: PoolClient): Orm => {
    const orm = orms.get(client) ?? (drizzle(client, { schema }) as unknown as Orm);
    orms.set(client, orm);
    return orm;
  };
  return async (work) => {
    const client = await pool.connect();
    let lost: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(ormOf(client));
      const { command } = await client.query('commit');
      // Postgres's answer where a statement has failed and the work has gone on as if it had not.
      if (command === 'ROLLBACK') throw new Error('the transaction was rolled back, as one of its statements failed');
      return result;
    } catch (error) {
      await client.query('rollback').catch((fault) => {
        lost = fault;
      });
      throw error;
    } finally {
      client.release(lost);
    }
  };
}
