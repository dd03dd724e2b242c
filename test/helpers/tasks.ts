import { createHash, randomUUID } from 'node:crypto';
import type { App } from '../../src/app.ts';
import type { IndexRow, TaskRow, VideoRow } from '../../src/db/schema.ts';
import type { JsonObject, TaskStatus, VideoMetadata } from '../../src/db/values.ts';
import { advance, StaleTaskError, type TaskChanges } from '../../src/domain/advance-task.ts';
import { createIndex, findIndex, type NewIndex } from '../../src/domain/indexes.ts';
import { completeTask, type NewSegment } from '../../src/domain/segments.ts';
import { createTask } from '../../src/domain/tasks.ts';
import { findVideosOfTasks } from '../../src/domain/videos.ts';

/** An index of the tenant `default` or another one, of a name of its own unless one is given. */
export async function addIndex(app: App, input: Partial<NewIndex> = {}, tenant = 'default'): Promise<IndexRow> {
  const models = await app.models.list();
  return app.db.transaction((tx) => createIndex(tx, tenant, models, { name: `index ${randomUUID()}`, ...input }));
}

/** A VALIDATING task on bytes that are claimed but not there: for tests in which nobody works. */
export async function addTask(
  app: App,
  indexId: string,
  { filename = 'clip.mp4', userMetadata = {} as JsonObject, tenant = 'default' } = {},
): Promise<TaskRow> {
  const sha256 = createHash('sha256').update(randomUUID()).digest('hex');
  const source = { asset: { sha256, size: 1000 }, filename };
  const input = { indexId, source, userMetadata, inputDigest: sha256 };
  return app.db.transaction((tx) => createTask(tx, app.queue, tenant, input));
}

/** Does what changes a task, and waits for the hint of it: it cannot come late, in place of another that is lost. */
export async function untilHinted(app: App, work: () => Promise<TaskRow>): Promise<TaskRow> {
  const hinted = new Set<string>();
  let heard = () => {};
  const unsubscribe = app.events.subscribe('task:changed', (hint) => {
    if (hint !== 'missed') hinted.add(hint.taskId);
    heard();
  });
  try {
    const task = await work();
    while (!hinted.has(task.id))
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    return task;
  } finally {
    unsubscribe();
  }
}

/** Takes a task one step further. */
export async function step(app: App, task: TaskRow, to: TaskStatus, changes: TaskChanges = {}): Promise<TaskRow> {
  return app.db.transaction((tx) => advance(tx, task, task.status, to, changes));
}

/** Takes a VALIDATING task to INDEXING, as if the file had been found valid. */
export async function validate(app: App, task: TaskRow, metadata: Partial<VideoMetadata> = {}): Promise<TaskRow> {
  const { filename } = task;
  const found = { duration: 20, filename, height: 480, width: 854, fps: 25, size: 1000, ...metadata };
  const pending = await step(app, task, 'PENDING', { metadata: found });
  return step(app, await step(app, pending, 'QUEUED'), 'INDEXING');
}

/** Ends an INDEXING task with these segments. */
export async function complete(
  app: App,
  task: TaskRow,
  segments: readonly NewSegment[] = [],
  language: string | null = null,
): Promise<TaskRow> {
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index) throw new StaleTaskError('the task went with its index');
  return app.db.transaction((tx) =>
    completeTask(tx, task, { index, thumbnail: 'frames/000 1.jpg', segments, language }),
  );
}

/** A READY task and its video. */
export async function addVideo(
  app: App,
  indexId: string,
  options: {
    tenant?: string;
    filename?: string;
    userMetadata?: JsonObject;
    metadata?: Partial<VideoMetadata>;
    segments?: readonly NewSegment[];
    /** Of its words. */
    language?: string;
  } = {},
): Promise<{ task: TaskRow; video: VideoRow }> {
  const indexing = await validate(app, await addTask(app, indexId, options), options.metadata);
  const task = await complete(app, indexing, options.segments, options.language);
  const [video] = await findVideosOfTasks(app.db, [task.id]);
  if (!video) throw new Error('a READY task has no video');
  return { task, video };
}

/** A clip, or the whole video, with a vector of the builtin model's length. */
export function segment(startOffset: number, vector: Float32Array, options: Partial<NewSegment> = {}): NewSegment {
  return {
    startOffset,
    endOffset: startOffset + 6,
    modality: 'VISUAL',
    scope: 'CLIP',
    thumbnail: `frames/${startOffset}.jpg`,
    text: null,
    embedding: vector,
    ...options,
  };
}

/** A clip of which there are words only. */
export function wordSegment(startOffset: number, text: string, options: Partial<NewSegment> = {}): NewSegment {
  const found = { modality: 'TRANSCRIPTION' as const, thumbnail: null, text, embedding: null };
  return segment(startOffset, vectorAt(0), { ...found, ...options });
}

/** A vector of length 1 and of the builtin model's dimensions that points between the axes 0 and 1, at `angle` radians. */
export function vectorAt(angle: number): Float32Array {
  const vector = new Float32Array(256);
  vector[0] = Math.cos(angle);
  vector[1] = Math.sin(angle);
  return vector;
}

/** The global id of a row. */
export function globalId(type: 'Index' | 'Task' | 'Video' | 'EmbeddingTask' | 'Reindex', row: { id: string }): string {
  return Buffer.from(`${type}:${row.id}`).toString('base64');
}
