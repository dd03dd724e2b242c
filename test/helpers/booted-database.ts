import { createHash, randomUUID } from 'node:crypto';
import { cp, glob, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { pino } from 'pino';
import { openPglite } from '../../src/db/pglite.ts';
import { ALL_JOBS } from '../../src/domain/jobs.ts';
import { createQueue } from '../../src/queue/queue.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const CACHE = join(ROOT, 'node_modules/.cache/reelgraph-test');

/** This process's own making of one. */
let booting: Promise<void> | undefined;

/**
 * Gives a data folder that has none an embedded database as the first start leaves it: making one takes most of a
 * server's start, copying it a fraction of that.
 */
export async function addBootedDatabase(dataFolder: string): Promise<void> {
  const database = join(dataFolder, 'database');
  if (!(await exists(database))) await cp(await bootedFolder(), database, { recursive: true });
}

/** A dump of the same, to be loaded into memory. */
export async function bootedDump(): Promise<Blob> {
  const booted = await bootedFolder();
  const file = `${booted}.tar`;
  if (!(await exists(file))) {
    const draft = `${booted}.${randomUUID()}`;
    await cp(booted, draft, { recursive: true });
    const database = await PGlite.create({ dataDir: join(draft, 'pgdata'), extensions: { vector } });
    const dump = await database.dumpDataDir('none');
    await database.close();
    await writeFile(`${draft}.tar`, Buffer.from(await dump.arrayBuffer()));
    await rename(`${draft}.tar`, file);
    await rm(draft, { recursive: true });
  }
  return new Blob([await readFile(file)]);
}

async function bootedFolder(): Promise<string> {
  const booted = join(CACHE, `database-${await versionOf()}`);
  if (!(await exists(booted))) {
    booting ??= boot(booted);
    await booting;
  }
  return booted;
}

/** Makes one. Several processes may do so at a time: the first to end puts it in place. */
async function boot(folder: string): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(CACHE, { recursive: true });
  const database = await openPglite({ folder: draft });
  try {
    await database.migrate();
    const queue = createQueue(database, pino({ level: 'silent' }));
    await queue.start(ALL_JOBS);
    await queue.stop(0);
  } finally {
    await database.close();
  }
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
}

/** What it depends on: the migrations, the queues, and the versions of PGlite and pg-boss. */
const SOURCES = ['package-lock.json', 'drizzle/**/*.sql', 'src/queue/*.ts', 'src/domain/jobs.ts', 'src/db/pglite.ts'];

async function versionOf(): Promise<string> {
  const files = (await Array.fromAsync(glob(SOURCES, { cwd: ROOT }))).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
