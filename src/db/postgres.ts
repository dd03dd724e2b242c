import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { collectChanges, type Database, MIGRATIONS_FOLDER, type Orm } from './client.ts';
import { isOutage } from './faults.ts';
import { createPostgresConnections, openSingle, type PostgresConnection } from './postgres-connections.ts';
import { listenOnPostgres } from './postgres-listener.ts';

/** Names the advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 72_656_101;
/** Milliseconds between two tries to read while the server is away, and for which it may be. */
const [PAUSE, LONGEST_OUTAGE] = [250, 60_000];

/**
 * Opens a pool on Postgres 15 or later with pgvector 0.8 or later.
 * @param options.url `postgres://user:password@host:port/database`
 * @param options.connections size of the pool; NOTIFY and LISTEN have one connection each besides
 */
export function openPostgres(options: { url: string; connections?: number }): Database {
  const { url, connections = 10 } = options;
  const pool = createPostgresConnections(url, connections);
  const notifier = createPostgresConnections(url, 1);
  return {
    kind: 'postgres',
    orm: pool.orm,
    boss: { backend: 'postgres', connectionString: url },
    ...collectChanges(
      (work) => pool.use((connection) => runTransaction(connection, work)),
      (work) => pool.use(({ orm }) => work(orm), 1),
    ),
    async notify(channel, payload) {
      await notifier.orm.execute(sql`select pg_notify(${channel}, ${payload})`);
    },
    listen: (channel, receive, onReady) => listenOnPostgres(url, channel, receive, onReady),
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
      const single = openSingle(url);
      try {
        await single`select pg_advisory_lock(${MIGRATION_LOCK})`;
        await single`create extension if not exists vector`;
        await migrate(drizzle(single), { migrationsFolder: MIGRATIONS_FOLDER });
      } finally {
        await single.end({ timeout: 5 });
      }
    },
    async ping() {
      await pool.orm.execute(sql`select 1`);
    },
    async close() {
      await Promise.all([pool.close(), notifier.close()]);
    },
  };
}

async function runTransaction<T>(connection: PostgresConnection, work: (orm: Orm) => Promise<T>): Promise<T> {
  const { orm } = connection;
  await orm.execute(sql`begin`);
  let result: T;
  try {
    result = await work(orm);
  } catch (error) {
    // Where that fails there is nothing left to be rolled back, or it is not known what: the connection is of no use.
    await Promise.resolve(orm.execute(sql`rollback`)).catch(() => connection.giveUp());
    throw error;
  }
  const { command } = (await orm.execute(sql`commit`)) as unknown as { command: string };
  // Postgres's answer where a statement has failed and the work has gone on as if it had not.
  if (command === 'ROLLBACK') throw new Error('the transaction was rolled back, as one of its statements failed');
  return result;
}
