import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import type { App } from '../../src/app.ts';
import type { Database } from '../../src/db/client.ts';
import { assets, embeddingTasks, tasks } from '../../src/db/schema.ts';
import { runSweepStorage } from '../../src/jobs/sweep-storage.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createStorage } from '../../src/storage/storage.ts';
import { processesWith, type Site } from './site.ts';

const log = pino({ level: 'silent' });
/** Older than what the sweep takes for the work of a living process. */
const LONG_AGO = new Date(Date.now() - 48 * 60 * 60 * 1000);

/** What there is in a folder, with the folders in it. */
async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => join(entry.parentPath, entry.name));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Fails where a row claims bytes that are not there, or are others than its name says. Resolves to how many rows. */
export async function assertClaims(site: Site, database: Database): Promise<number> {
  const storage = await createStorage({ folder: site.folder });
  const rows = await database.orm.select().from(assets);
  for (const { sha256, size } of rows) {
    const path = storage.assetPath(sha256);
    assert.equal((await stat(path)).size, size);
    assert.equal(await hashOf(path), sha256);
  }
  return rows.length;
}

/**
 * Fails unless everything is over: no process, no work, every task in a terminal state, no bytes but those that a row
 * claims, once the sweep has run as it will a day later. Resolves to what it swept.
 */
export async function assertAtRest(site: Site, database: Database): Promise<{ assets: number; swept: number }> {
  assert.deepEqual(await processesWith(site.folder), []);
  for (const table of [tasks, embeddingTasks]) {
    const open = await database.orm
      .select({ id: table.id, status: sql`status` })
      .from(table)
      .where(sql`status not in ('READY', 'FAILED', 'CANCELED')`);
    assert.deepEqual(open, []);
  }
  const temporary = join(site.folder, 'tmp');
  const left = await readdir(temporary);
  for (const path of await pathsIn(temporary)) await utimes(path, LONG_AGO, LONG_AGO);
  const storage = await createStorage({ folder: site.folder });
  const before = await Array.fromAsync(storage.listAssets());
  const app = { db: database, storage, queue: createQueue(database, log) } as App;
  await runSweepStorage(app, {}, { signal: AbortSignal.timeout(60_000), log });
  assert.deepEqual(await readdir(temporary), []);
  const claimed = new Set((await database.orm.select().from(assets)).map(({ sha256 }) => sha256));
  const kept = await Array.fromAsync(storage.listAssets());
  assert.deepEqual(new Set(kept.map(({ sha256 }) => sha256)), claimed);
  for await (const sha256 of storage.listProxies()) assert.ok(claimed.has(sha256));
  return { assets: await assertClaims(site, database), swept: left.length + before.length - kept.length };
}
