import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { fromPglite } from 'pg-boss';
import { collectChanges, type Database, MIGRATIONS_FOLDER, type Orm } from './client.ts';
import * as schema from './schema.ts';

/** Another process owns the data folder: PGlite's files bear one writer. */
export class DataFolderInUseError extends Error {
  override name = 'DataFolderInUseError';
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
  const release = options.folder ? await claimFolder(options.folder) : async () => {};
  const client = await PGlite.create({
    ...(options.folder && { dataDir: join(options.folder, 'pgdata') }),
    ...(options.loadDataDir && { loadDataDir: options.loadDataDir }),
    extensions: { vector },
  }).catch(async (error) => {
    await release();
    throw error;
  });
  const orm = drizzle(client, { schema }) as unknown as Orm;
  return {
    kind: 'pglite',
    orm,
    boss: { backend: 'pglite', db: fromPglite(client) },
    ...collectChanges((work) => orm.transaction((tx) => work(tx as unknown as Orm))),
    async notify(channel, payload) {
      await client.query('select pg_notify($1, $2)', [channel, payload]);
    },
    async listen(channel, receive, onReady) {
      const stop = await client.listen(channel, receive);
      onReady();
      return () => stop();
    },
    async migrate() {
      await client.exec('create extension if not exists vector');
      await migrate(orm as never, { migrationsFolder: MIGRATIONS_FOLDER });
    },
    async ping() {
      await orm.execute(sql`select 1`);
    },
    async close() {
      await client.close();
      await release();
    },
  };
}

/** Writes this process's id into the folder's lock file, unless a living process stands there already. */
async function claimFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'lock');
  for (let tries = 0; ; tries += 1) {
    try {
      const lock = await open(file, 'wx');
      await lock.writeFile(String(process.pid));
      await lock.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 2) throw error;
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      if (owner && owner !== process.pid && isAlive(owner))
        throw new DataFolderInUseError(
          `The data folder ${folder} is in use by process ${owner}. Stop that process, or set DATA_DIR to another folder.`,
        );
      await rm(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
