import { join } from 'node:path';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';
import metadata from '../package.json' with { type: 'json' };
import type { Database } from './db/client.ts';
import { openPglite } from './db/pglite.ts';
import { openPostgres } from './db/postgres.ts';
import type { Env } from './env.ts';
import { createEvents, type Events, type Traffic } from './events/events.ts';
import { createMedia, type Media } from './media/media.ts';
import { createModels, type Models } from './models/models.ts';
import { type BoundedQueue, createBoundedQueue } from './queue/bounded-queue.ts';
import { createPlaces, type Places } from './queue/places.ts';
import { createQueue, type Queue } from './queue/queue.ts';
import { createRemoteFiles, type RemoteFiles, type RemoteFilesOptions } from './storage/remote-files.ts';
import { createStorage, type Storage } from './storage/storage.ts';
import { createLog } from './telemetry/log.ts';
import { createTelemetry, openTracing, type Telemetry } from './telemetry/telemetry.ts';
import { NO_TRACING } from './telemetry/tracing.ts';

/** Requests to embed a text or an image that are worked on at once: a network uses several cores by itself. */
const EMBEDS_AT_ONCE = 1;

/** What a process works with: one of each, made by `createApp`, handed to whatever needs it. */
export interface App {
  env: Env;
  log: Logger;
  db: Database;
  queue: Queue;
  events: Events;
  storage: Storage;
  /** What is behind the URLs of users. */
  remote: RemoteFiles;
  models: Models;
  media: Media;
  /** Where requests that are answered at once wait for the models. */
  embeds: BoundedQueue;
  telemetry: Telemetry;
  /** Those of each tenant's uploads that are arriving in this process. */
  uploads: Places;
}

/**
 * Opens everything that a process works with; nothing is started yet.
 * @param environment the process's variables, in which programs and npm's configuration are found
 */
export async function createApp(env: Env, environment: NodeJS.ProcessEnv): Promise<App> {
  const { log, telemetry } = await openTelemetry(env);
  const { DATA_DIR, FFMPEG_PATH, FFPROBE_PATH, MODEL_THREADS, WORKER_CONCURRENCY } = env;
  const tools = { ...(FFMPEG_PATH && { ffmpegPath: FFMPEG_PATH }), ...(FFPROBE_PATH && { ffprobePath: FFPROBE_PATH }) };
  const threads = MODEL_THREADS ? { threads: MODEL_THREADS } : {};
  const storing = naming('DATA_DIR', createStorage({ folder: DATA_DIR, reserve: env.MIN_FREE_DISK }));
  const searching = { searchPath: environment.PATH ?? '', decodes: WORKER_CONCURRENCY };
  const opening = [
    storing.then(({ temporaryFolder }) =>
      naming('FFMPEG_PATH, FFPROBE_PATH', createMedia({ ...tools, ...searching, folder: temporaryFolder })),
    ),
    storing,
    naming(
      'MODELS_DIR',
      createModels({
        folder: env.MODELS_DIR ?? join(DATA_DIR, 'models'),
        hub: env.HF_ENDPOINT,
        environment,
        ...threads,
        onRun: ({ model, method: kind, waited, ran }) => {
          telemetry.metrics.inference.observe({ model, kind }, ran);
          telemetry.metrics.inferenceWait.observe({ model, kind }, waited);
        },
      }),
    ),
  ] as const;
  const faults = (await Promise.allSettled(opening)).filter((opened) => opened.status === 'rejected');
  const messages = new Set(faults.map(({ reason }) => reason.message));
  if (messages.size > 0) throw new Error([...messages].join('\n'));
  const [media, storage, models] = await Promise.all(opening);
  const db = traceTransactions(
    env.DATABASE_URL
      ? openPostgres({ url: env.DATABASE_URL, connections: env.DATABASE_CONNECTIONS })
      : await openPglite({ folder: join(DATA_DIR, 'database') }),
    telemetry,
  );
  const embeds = createBoundedQueue({ places: env.EMBED_QUEUE, running: EMBEDS_AT_ONCE });
  const queue = createQueue(db, log, telemetry);
  const events = createEvents(db, log, { traffic: countTraffic(telemetry) });
  const uploads = createPlaces(env.MAX_UPLOADS_IN_FLIGHT);
  const remote = createRemoteFiles(remoteOptions(env));
  return { env, log, db, queue, events, storage, remote, models, media, embeds, uploads, telemetry };
}

/** What the settings say of the URLs of users. */
export function remoteOptions(env: Env): RemoteFilesOptions {
  const { FETCH_ALLOW_ADDRESSES: allow, FETCH_PORTS: ports, FETCH_MIN_RATE: minRate } = env;
  return { allow, ports, limits: { minRate } };
}

async function openTelemetry(env: Env): Promise<{ log: Logger; telemetry: Telemetry }> {
  let tracing = NO_TRACING;
  // Lines for people on a terminal, JSON for whatever else reads them.
  const stream = process.stdout.isTTY ? pretty({ ignore: 'pid,hostname' }) : undefined;
  const log = createLog(env.LOG_LEVEL, { stream, traceId: () => tracing.traceId() });
  const isOff = env.OTEL_SDK_DISABLED;
  const endpoint = isOff ? undefined : (env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);
  tracing = await openTracing(
    { endpoint, sampler: env.OTEL_TRACES_SAMPLER, ratio: env.OTEL_TRACES_SAMPLER_ARG },
    metadata.version,
    (fault) => log.warn({ err: fault }, 'traces could not be sent'),
  );
  const telemetry = createTelemetry(tracing);
  if (env.METRICS) telemetry.metrics.collectProcess();
  const database = env.DATABASE_URL ? 'postgres' : 'pglite';
  telemetry.metrics.build.set({ version: metadata.version, role: env.ROLE, database }, 1);
  telemetry.metrics.databaseConnections.set(env.DATABASE_URL ? env.DATABASE_CONNECTIONS : 1);
  return { log, telemetry };
}

/** A database whose transactions are spans, where traces are on. */
function traceTransactions(db: Database, { tracing, span }: Telemetry): Database {
  if (!tracing.isOn) return db;
  const attributes = { 'db.system.name': 'postgresql' };
  return { ...db, transaction: (work) => span('transaction', { attributes }, () => db.transaction(work)) };
}

/** What passes through the events, counted. */
function countTraffic({ metrics }: Telemetry): Traffic {
  return {
    sent: () => metrics.notifiesSent.inc(),
    received: () => metrics.notifiesReceived.inc(),
    delivered: () => metrics.deliveries.inc(),
  };
}

/** Says which setting a part's fault comes from. */
async function naming<T>(setting: string, opening: Promise<T>): Promise<T> {
  return opening.catch((cause) => {
    throw new Error(`${setting}: ${cause.message}`, { cause });
  });
}
