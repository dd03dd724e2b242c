import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type App, remoteOptions } from '../../src/app.ts';
import { ALL_JOBS } from '../../src/domain/jobs.ts';
import { ensureVectorIndexes } from '../../src/domain/vector-indexes.ts';
import { type Env, parseEnv } from '../../src/env.ts';
import { createEvents } from '../../src/events/events.ts';
import { startWorkers } from '../../src/jobs/start-workers.ts';
import { createMedia } from '../../src/media/media.ts';
import { createBoundedQueue } from '../../src/queue/bounded-queue.ts';
import { createPlaces } from '../../src/queue/places.ts';
import { createQueue } from '../../src/queue/queue.ts';
import { createRemoteFiles } from '../../src/storage/remote-files.ts';
import { createStorage } from '../../src/storage/storage.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { createTestDatabase } from './database.ts';
import { builtinModels } from './models.ts';

/** An app on a database and a folder of its own. */
export interface TestApp extends AsyncDisposable {
  app: App;
  /** Set on Postgres only: what another process needs to join. */
  databaseUrl: string | undefined;
}

/** Opens an app as `main` does, with the real parts; `workers` makes it do its own jobs. */
export async function createTestApp(options: { workers?: boolean; env?: Partial<Env> } = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const { database: db, url, remove } = await createTestDatabase({ booted: true });
  const env = { ...parseEnv({ DATA_DIR: folder }), ...options.env };
  const models = await builtinModels();
  const telemetry = createTelemetry();
  const queue = createQueue(db, log, telemetry);
  const events = createEvents(db, log);
  const storage = await createStorage({ folder, reserve: env.MIN_FREE_DISK });
  const media = await createMedia({
    searchPath: process.env.PATH ?? '',
    decodes: env.WORKER_CONCURRENCY,
    folder: storage.temporaryFolder,
  });
  const embeds = createBoundedQueue({ places: env.EMBED_QUEUE, running: 1 });
  const uploads = createPlaces(env.MAX_UPLOADS_IN_FLIGHT);
  const remote = createRemoteFiles(remoteOptions(env));
  const app: App = { env, log, db, queue, events, storage, remote, models, media, embeds, uploads, telemetry };
  await queue.start(ALL_JOBS);
  await events.start();
  await ensureVectorIndexes(db, await models.list());
  if (options.workers) await startWorkers(app);
  return {
    app,
    databaseUrl: url,
    async [Symbol.asyncDispose]() {
      await queue.stop(5_000);
      await events.stop();
      await remove();
      await models.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
