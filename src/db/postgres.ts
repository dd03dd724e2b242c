import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { collectChanges, type Database, MIGRATIONS_FOLDER, type Orm } from './client.ts';
import * as schema from './schema.ts';

/** Names the advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 72_656_101;

/**
 * Opens a pool on Postgres 15 or later with pgvector 0.8 or later.
 * @param options.url `postgres://user:password@host:port/database`
 * @param options.connections size of the pool; NOTIFY and LISTEN have one connection each besides
 */
export function openPostgres(options: { url: string; connections?: number }): Database {
  const quiet = { onnotice: () => {} };
  const pool = postgres(options.url, { ...quiet, max: options.connections ?? 10 });
  // Without a pause of its own postgres.js listens anew a hundred times a second while a server starts.
  const pause = (failures: number) => Math.min(0.25 * 2 ** failures, 10);
  const notifier = postgres(options.url, { ...quiet, max: 1, backoff: pause });
  const orm = drizzle(pool, { schema }) as unknown as Orm;
  return {
    kind: 'postgres',
    orm,
    boss: { backend: 'postgres', connectionString: options.url },
    ...collectChanges((work) => orm.transaction((tx) => work(tx as unknown as Orm))),
    async notify(channel, payload) {
      await notifier`select pg_notify(${channel}, ${payload})`;
    },
    async listen(channel, receive, onReady) {
      let over = false;
      const listening = await notifier.listen(
        channel,
        (payload) => over || receive(payload),
        () => over || onReady(),
      );
      return async () => {
        // postgres.js forgets to whom this belongs when it connects anew, and would go on calling.
        over = true;
        await listening.unlisten();
      };
    },
    async migrate() {
      const single = postgres(options.url, { ...quiet, max: 1 });
      try {
        await single`select pg_advisory_lock(${MIGRATION_LOCK})`;
        await single`create extension if not exists vector`;
        await migrate(drizzle(single), { migrationsFolder: MIGRATIONS_FOLDER });
      } finally {
        await single.end({ timeout: 5 });
      }
    },
    async ping() {
      await orm.execute(sql`select 1`);
    },
    async close() {
      await Promise.all([pool.end({ timeout: 5 }), notifier.end({ timeout: 5 })]);
    },
  };
}
