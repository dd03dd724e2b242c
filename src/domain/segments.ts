import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';
import { createId } from '../db/ids.ts';
import { type IndexRow, indexes, segments, type TaskRow, tasks, type VideoRow, videos } from '../db/schema.ts';
import type { EmbeddingScope, Modality, TranscriptLine } from '../db/values.ts';
import { advance, StaleTaskError, type TaskRun } from './advance-task.ts';
import type { Span } from './clips.ts';
import { toLexemes } from './full-text.ts';
import { keepHeardLines } from './transcripts.ts';

/** Rows of one INSERT: a statement takes 65,535 parameters, and a row has up to 22. */
const CHUNK = 1000;

/** What embedding produced for one span. */
export interface NewSegment extends Span {
  modality: Modality;
  scope: EmbeddingScope;
  /** A file name in the asset's proxy. */
  thumbnail: string | null;
  text: string | null;
  /** L2-normalised. */
  embedding: Float32Array | null;
}

/**
 * Stores what a task produced, and ends it: INDEXING -> READY in the same transaction, so that a video is there whole
 * or not at all.
 * @param result.index what the task was embedded for
 * @throws StaleTaskError when the task was canceled, retried or deleted meanwhile, or its index has got another model:
 *   then it is INDEXING still, and is to be embedded again
 */
export async function completeTask(
  tx: Transaction,
  run: TaskRun,
  result: {
    index: EmbeddedWith;
    thumbnail: string | null;
    segments: readonly NewSegment[];
    /** The spoken words; those that were heard are kept, in place of such of a former run. */
    lines?: readonly TranscriptLine[] | null;
    /** Of the words, as a BCP 47 tag. */
    language?: string | null;
  },
): Promise<TaskRow> {
  // The index before the task, as deletions lock them: a new video locks its index, too.
  const [index] = await tx.orm
    .select({ model: indexes.model, modalities: indexes.modalities })
    .from(indexes)
    .innerJoin(tasks, eq(tasks.indexId, indexes.id))
    .where(eq(tasks.id, run.id))
    .for('key share', { of: indexes });
  // A reindex that ends keeps its index from all others: it has either found this video, or is seen here.
  if (index && !hasSameModel(index, result.index))
    throw new StaleTaskError(
      `task ${run.id} was embedded with ${result.index.model}; its index has ${index.model} now`,
    );
  const task = await advance(tx, run, 'INDEXING', 'READY');
  if (!index || !task.asset || !task.metadata) throw new Error(`task ${task.id} was indexed without being validated`);
  const { tenant, indexId, asset, metadata, userMetadata } = task;
  const { lines, language = null } = result;
  const video = { id: createId(), tenant, indexId, taskId: task.id, asset, metadata, userMetadata, language };
  // An earlier run has left none: no step leads away from READY.
  await tx.orm.insert(videos).values({ ...video, thumbnail: result.thumbnail });
  await insertSegments(tx, video, index.model, result.segments, language);
  if (lines) await keepHeardLines(tx, task.id, lines);
  return task;
}

type EmbeddedWith = Pick<IndexRow, 'model' | 'modalities'>;

function hasSameModel(a: EmbeddedWith, b: EmbeddedWith): boolean {
  return a.model === b.model && [...a.modalities].sort().join() === [...b.modalities].sort().join();
}

/**
 * Stores what a model made of a video, and with the words of its clips what a text query is compared with.
 * @param language of the words, as a BCP 47 tag
 */
export async function insertSegments(
  tx: Transaction,
  video: Pick<VideoRow, 'id' | 'tenant' | 'indexId'>,
  model: string,
  found: readonly NewSegment[],
  language: string | null,
): Promise<void> {
  const { id: videoId, tenant, indexId } = video;
  for (let start = 0; start < found.length; start += CHUNK) {
    // The lexemes of one statement at a time: they take several times the memory of the words.
    const rows = found.slice(start, start + CHUNK).map((segment) => {
      const words = segment.text && segment.scope === 'CLIP' ? toLexemes(segment.text, language) : null;
      return { id: createId(), tenant, indexId, videoId, model, words, ...segment };
    });
    await tx.orm.insert(segments).values(rows);
  }
}
