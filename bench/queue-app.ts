import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../src/app.ts';
import { parseEnv } from '../src/env.ts';
import { modelsFolder } from '../test/helpers/models.ts';

/** The parts of a process on a database, in this one: nothing is started, and nothing is written to the log but faults. */
export async function openApp(databaseUrl: string): Promise<AsyncDisposable & { app: App }> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-bench-'));
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: folder, MODELS_DIR: modelsFolder, LOG_LEVEL: 'warn' };
  const app = await createApp(parseEnv(settings), process.env);
  return {
    app,
    async [Symbol.asyncDispose]() {
      await app.db.close();
      await app.models.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
