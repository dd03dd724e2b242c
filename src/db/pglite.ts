import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { fromPglite } from 'pg-boss';
import { collectChanges, type Database, MIGRATIONS_FOLDER, type Orm } from './client.ts';
import { lockFolder } from './folder-lock.ts';
import * as schema from './schema.ts';

/** Milliseconds of statements without a break, after which whatever else the process does has its turn. */
const LONGEST_TURN = 10;

/**
 * PGlite runs a statement within one turn of the event loop, and what waits behind it in the same one: statements in a
 * row are a single stall, several times as long as the longest of them. Between two messages of its protocol this gives
 * way; its own locks keep statements and transactions apart as before.
 */
class ConsideratePglite extends PGlite {
  #turnBegan = 0;

  override async execProtocolStream(...message: Parameters<PGlite['execProtocolStream']>) {
    if (performance.now() - this.#turnBegan > LONGEST_TURN) {
      await nextTurn();
      this.#turnBegan = performance.now();
    }
    return super.execProtocolStream(...message);
  }
}

/**
 * Opens the embedded database.
 * @param options.folder where its files are; in memory when absent
 * @param options.loadDataDir a dump of a data folder to begin with
 * @throws DataFolderInUseError when a living process has the folder open
 */
export async function openPglite(options: {
  folder?: string;
  loadDataDir?: PGliteOptions['loadDataDir'];
}): Promise<Database> {
  const release = options.folder ? await lockFolder(options.folder) : async () => {};
  const client = new ConsideratePglite({
    ...(options.folder && { dataDir: join(options.folder, 'pgdata') }),
    ...(options.loadDataDir && { loadDataDir: options.loadDataDir }),
    extensions: { vector },
  });
  await client.waitReady.catch(async (error) => {
    await release();
    throw error;
  });
  const orm = drizzle(client, { schema }) as unknown as Orm;
  // For a single statement too, as there are no trips to be saved: what is more than one is not refused here.
  const run = <T>(work: (orm: Orm) => Promise<T>) => orm.transaction((tx) => work(tx as unknown as Orm));
  return {
    kind: 'pglite',
    orm,
    boss: { backend: 'pglite', db: fromPglite(client) },
    ...collectChanges(run, run),
    async notify(channel, payload) {
      await client.query('select pg_notify($1, $2)', [channel, payload]);
    },
    async listen(channel, receive, onReady) {
      const stop = await client.listen(channel, receive);
      onReady();
      return () => stop();
    },
    // It is never away.
    steadily: (read) => read(),
    async migrate() {
      await client.exec('create extension if not exists vector');
      await migrate(orm as never, { migrationsFolder: MIGRATIONS_FOLDER });
    },
    async ping() {
      await orm.execute(sql`select 1`);
    },
    async close() {
      await client.close().finally(release);
    },
  };
}
