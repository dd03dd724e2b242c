import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Database } from './db/client.ts';
import { openPglite } from './db/pglite.ts';
import { openPostgres } from './db/postgres.ts';
import type { Env } from './env.ts';
import { createEvents, type Events } from './events/events.ts';
import { createMedia, type Media } from './media/media.ts';
import { createModels, type Models } from './models/models.ts';
import { type BoundedQueue, createBoundedQueue } from './queue/bounded-queue.ts';
import { createQueue, type Queue } from './queue/queue.ts';
import { createStorage, type Storage } from './storage/storage.ts';

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
  models: Models;
  media: Media;
  /** Where requests that are answered at once wait for the models. */
  embeds: BoundedQueue;
}

/**
 * Opens everything that a process works with; nothing is started yet.
 * @param environment the process's variables, in which programs and npm's configuration are found
 */
export async function createApp(env: Env, environment: NodeJS.ProcessEnv): Promise<App> {
  // Lines for people on a terminal, JSON for whatever else reads them.
  const log: Logger = pino(
    { level: env.LOG_LEVEL },
    process.stdout.isTTY ? pretty({ ignore: 'pid,hostname' }) : undefined,
  );
  const { DATA_DIR, FFMPEG_PATH, FFPROBE_PATH, MODEL_THREADS, WORKER_CONCURRENCY } = env;
  const tools = { ...(FFMPEG_PATH && { ffmpegPath: FFMPEG_PATH }), ...(FFPROBE_PATH && { ffprobePath: FFPROBE_PATH }) };
  const threads = MODEL_THREADS ? { threads: MODEL_THREADS } : {};
  const opening = [
    naming(
      'FFMPEG_PATH, FFPROBE_PATH',
      createMedia({ ...tools, searchPath: environment.PATH ?? '', decodes: WORKER_CONCURRENCY }),
    ),
    naming('DATA_DIR', createStorage({ folder: DATA_DIR, reserve: env.MIN_FREE_DISK })),
    naming(
      'MODELS_DIR',
      createModels({
        folder: env.MODELS_DIR ?? join(DATA_DIR, 'models'),
        hub: env.HF_ENDPOINT,
        environment,
        ...threads,
      }),
    ),
  ] as const;
  const faults = (await Promise.allSettled(opening)).filter((opened) => opened.status === 'rejected');
  if (faults.length > 0) throw new Error(faults.map(({ reason }) => reason.message).join('\n'));
  const [media, storage, models] = await Promise.all(opening);
  const db = env.DATABASE_URL
    ? openPostgres({ url: env.DATABASE_URL, connections: env.DATABASE_CONNECTIONS })
    : await openPglite({ folder: join(DATA_DIR, 'database') });
  const embeds = createBoundedQueue({ places: env.EMBED_QUEUE, running: EMBEDS_AT_ONCE });
  return { env, log, db, queue: createQueue(db, log), events: createEvents(db, log), storage, models, media, embeds };
}

/** Says which setting a part's fault comes from. */
async function naming<T>(setting: string, opening: Promise<T>): Promise<T> {
  return opening.catch((cause) => {
    throw new Error(`${setting}: ${cause.message}`, { cause });
  });
}
