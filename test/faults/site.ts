import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/db/client.ts';
import { openPglite } from '../../src/db/pglite.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { createPostgresDatabase } from '../helpers/database.ts';
import type { PostgresCluster } from '../helpers/postgres-cluster.ts';
import { type ServerProcess, startServer } from '../helpers/server-process.ts';

/** A place where servers run: a data folder and a database, and the processes on them. */
export interface Site extends AsyncDisposable {
  folder: string;
  /** Where its database has its files. */
  dataDirectory: string;
  /** Starts a process of the server; those that still run are killed with the site. */
  start(settings?: Record<string, string>): Promise<ServerProcess>;
  /** Opens its database in this process: the embedded one only while no server runs. */
  openDatabase(): Promise<Database>;
}

/** @param cluster where its database is made; without, it is the embedded one */
export async function createSite(settings: Record<string, string>, cluster?: PostgresCluster): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-fault-'));
  const made = cluster ? await createPostgresDatabase(cluster.url) : undefined;
  const started: ServerProcess[] = [];
  return {
    folder,
    dataDirectory: cluster?.dataDirectory ?? join(folder, 'database/pgdata'),
    async start(own = {}) {
      const server = await startServer({
        DATA_DIR: folder,
        DATABASE_URL: made?.url ?? '',
        FETCH_ALLOW_ADDRESSES: '127.0.0.1',
        MODEL_THREADS: '1',
        LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'info',
        ...settings,
        ...own,
      });
      started.push(server);
      return server;
    },
    async openDatabase() {
      const database = made ? openPostgres({ url: made.url }) : await openPglite({ folder: join(folder, 'database') });
      await database.migrate();
      return database;
    },
    async [Symbol.asyncDispose]() {
      for (const { child, end } of started)
        if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
      await made?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The processes, other than this one, whose command line has the text in it: those of a site have its folder. */
export async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' '));
}
