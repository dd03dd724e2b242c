import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import {
  embeddings,
  embeddingTasks,
  indexes,
  reindexes,
  segments,
  tasks,
  transitions,
  videos,
} from '../../src/db/schema.ts';
import { encodeCursor } from '../../src/domain/paging.ts';
import { addEmbeddingTask, completeEmbedding } from './embedding-tasks.ts';
import { addIndex, addTask, addVideo, globalId, segment, step, vectorAt, wordSegment } from './tasks.ts';

/** Two tenants, and a word that stands in every text that one of them has written. */
export const OWNER = { tenant: 'default', word: 'zorblatt' };
export const STRANGER = { tenant: 'stranger', word: 'quindle' };

/** What there is of everything that has an id, as a client names it. */
export interface Things {
  index: string;
  video: string;
  readyTask: string;
  failedTask: string;
  runningTask: string;
  embeddingTask: string;
  runningEmbedding: string;
  reindex: string;
  runningReindex: string;
  /** Places in lists. */
  cursors: { index: string; task: string; embeddingTask: string };
  /** A name that an index has, and a token that came with a task. */
  name: string;
  clientToken: string;
  /** The path of a picture, and of the file of a video. */
  thumbnail: string;
  file: string;
}

type Rows = Record<'index' | 'video' | 'ready' | 'failed' | 'running' | 'embedded' | 'embedding' | 'old' | 'now', Row>;
interface Row {
  id: string;
  createdAt: Date;
}

function nameThings(rows: Rows, words: Pick<Things, 'name' | 'clientToken'>): Things {
  const place = ({ createdAt, id }: Row) => encodeCursor(createdAt, id);
  return {
    index: globalId('Index', rows.index),
    video: globalId('Video', rows.video),
    readyTask: globalId('Task', rows.ready),
    failedTask: globalId('Task', rows.failed),
    runningTask: globalId('Task', rows.running),
    embeddingTask: globalId('EmbeddingTask', rows.embedded),
    runningEmbedding: globalId('EmbeddingTask', rows.embedding),
    reindex: globalId('Reindex', rows.old),
    runningReindex: globalId('Reindex', rows.now),
    cursors: { index: place(rows.index), task: place(rows.running), embeddingTask: place(rows.embedding) },
    thumbnail: `/thumbnails/${rows.video.id}/frames/000%201.jpg`,
    file: `/videos/${rows.video.id}`,
    ...words,
  };
}

/** A tenant that has something of everything, in each state that allows something to be done to it. */
export async function addThings(
  app: App,
  { tenant, word }: { tenant: string; word: string },
): Promise<{ things: Things; absent: Things }> {
  const filename = `${word}.mp4`;
  const userMetadata = { note: word };
  const index = await addIndex(app, { name: word }, tenant);
  const clips = [segment(0, vectorAt(0)), wordSegment(6, word, { thumbnail: null })];
  const bytes = `OggS${word}`;
  const metadata = { size: bytes.length };
  const made = await addVideo(app, index.id, { tenant, filename, userMetadata, metadata, segments: clips });
  const { task: ready, video } = made;
  const picture = join(app.storage.proxyFolder(video.asset), video.thumbnail ?? '');
  for (const [path, content] of [
    [picture, word],
    [app.storage.assetPath(video.asset), bytes],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const failure = { code: 'INTERNAL' as const, message: word, actual: null, allowed: null };
  const failed = await step(app, await addTask(app, index.id, { tenant, filename }), 'FAILED', { failure });
  const running = await addTask(app, index.id, { tenant, filename });
  const embedded = await completeEmbedding(app, await addEmbeddingTask(app, { tenant, filename }), clips);
  const embedding = await addEmbeddingTask(app, { tenant, filename });
  const reindex = { tenant, indexId: index.id, model: 'other', modalities: index.modalities, version: 1, total: 1 };
  const [old, now] = await app.db.orm
    .insert(reindexes)
    .values([
      { ...reindex, id: createId(), status: 'READY', done: 1 },
      { ...reindex, id: createId(), status: 'RUNNING', done: 0 },
    ])
    .returning();
  if (!old || !now) throw new Error('no reindexes');
  const rows: Rows = { index, video, ready, failed, running, embedded, embedding, old, now };
  const nowhere = Object.fromEntries(
    Object.entries(rows).map(([name, { createdAt }]) => [name, { id: createId(), createdAt }]),
  ) as unknown as Rows;
  return {
    things: nameThings(rows, { name: word, clientToken: 'token' }),
    absent: nameThings(nowhere, { name: randomUUID(), clientToken: randomUUID() }),
  };
}

/** Every row of every table that a tenant's things are in. */
export async function snapshot({ db }: App, { tenant }: { tenant: string }): Promise<Record<string, unknown[]>> {
  const all = {
    indexes: await db.orm.select().from(indexes),
    tasks: await db.orm.select().from(tasks),
    transitions: await db.orm.select().from(transitions),
    videos: await db.orm.select().from(videos),
    segments: await db.orm.select().from(segments),
    embeddingTasks: await db.orm.select().from(embeddingTasks),
    embeddings: await db.orm.select().from(embeddings),
    reindexes: await db.orm.select().from(reindexes),
  };
  const own = new Set([...all.tasks, ...all.embeddingTasks].filter((row) => row.tenant === tenant).map(({ id }) => id));
  const isOwn = (row: { tenant?: string; taskId?: string; embeddingTaskId?: string }) =>
    row.tenant === tenant || own.has(row.taskId ?? row.embeddingTaskId ?? '');
  return Object.fromEntries(
    Object.entries(all).map(([name, rows]) => [
      name,
      rows
        .filter(isOwn)
        .map((row) => JSON.stringify(row))
        .sort(),
    ]),
  );
}

/** The ids of rows, in each of the forms in which an answer may have them. */
export function idsOf(rows: Record<string, unknown[]>): string[] {
  return Object.values(rows).flatMap((list) =>
    list.map((row) => (JSON.parse(String(row)) as { id?: string }).id).filter((id) => id !== undefined),
  );
}
