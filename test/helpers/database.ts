import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import postgres from 'postgres';
import type { Database } from '../../src/db/client.ts';
import { openPglite } from '../../src/db/pglite.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { bootedDump } from './booted-database.ts';

const CACHE = new URL('../../node_modules/.cache/reelgraph-test/', import.meta.url).pathname;

/** A database of the test's own, and the setting that opens it in another process. */
export interface TestDatabase {
  database: Database;
  /** Set on Postgres only. */
  url: string | undefined;
  /** Closes and removes it. */
  remove(): Promise<void>;
}

/**
 * An empty, migrated database: on the Postgres of TEST_DATABASE_URL, else PGlite in memory.
 * @param options.booted whether the queues may be there already, which saves their making
 */
export async function createTestDatabase(options: { booted?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) {
    const database = await openPglite({ loadDataDir: await (options.booted ? bootedDump() : emptyCluster()) });
    await database.migrate();
    return { database, url: undefined, remove: () => database.close() };
  }
  const { url, drop } = await createPostgresDatabase(server);
  const database = openPostgres({ url });
  await database.migrate();
  return {
    database,
    url,
    async remove() {
      await database.close();
      await drop();
    },
  };
}

/** A new database on a Postgres server. */
export async function createPostgresDatabase(server: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `reelgraph_${randomBytes(6).toString('hex')}`;
  const run = async (statement: string) => {
    const admin = postgres(server, { max: 1, onnotice: () => {} });
    await admin.unsafe(statement).finally(() => admin.end());
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) };
}

/** A dump of a new PGlite cluster, made once: making one takes seconds, loading it a fraction of one. */
async function emptyCluster(): Promise<Blob> {
  const file = join(CACHE, 'pglite-0.5.tar');
  if (!(await stat(file).catch(() => undefined))) {
    await mkdir(CACHE, { recursive: true });
    const fresh = await PGlite.create({ extensions: { vector } });
    const dump = await fresh.dumpDataDir('none');
    await fresh.close();
    const temporary = `${file}.${process.pid}`;
    await writeFile(temporary, Buffer.from(await dump.arrayBuffer()));
    await rename(temporary, file);
  }
  return new Blob([await readFile(file)]);
}
