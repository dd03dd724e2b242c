import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';
import { createId } from '../db/ids.ts';
import { indexes, segments, type TaskRow, tasks, videos } from '../db/schema.ts';
import type { EmbeddingScope, Modality } from '../db/values.ts';
import { advance, type TaskRun } from './advance-task.ts';

/** Rows of one INSERT: a statement takes 65,535 parameters, and a row has 12. */
const CHUNK = 1000;
/** Seconds; a rest that is shorter than this is no clip of its own. */
const SHORTEST_CLIP = 2;

/** A span of time, [start, end), in seconds. */
export interface Span {
  startOffset: number;
  endOffset: number;
}

/**
 * Cuts a video into clips: each `clipLength` long, beginning `clipLength - overlap` after the one before. A rest
 * under 2 seconds belongs to the last clip, so that every moment of a video is in a clip.
 * @param duration seconds
 */
export function cutSegments(
  duration: number,
  { clipLength, overlap }: { clipLength: number; overlap: number },
): Span[] {
  const spans: Span[] = [];
  const stride = clipLength - overlap;
  for (let n = 0; n === 0 || n * stride + overlap < duration; n += 1) {
    const startOffset = round(n * stride);
    const last = spans.at(-1);
    if (last && duration - last.endOffset < SHORTEST_CLIP) {
      last.endOffset = duration;
      break;
    }
    spans.push({ startOffset, endOffset: Math.min(round(startOffset + clipLength), duration) });
  }
  return spans;
}

/** To milliseconds: what multiples of a decimal fraction add is below. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

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
 * or not at all. What an earlier run of the task may have stored is replaced.
 * @throws StaleTaskError when the task was canceled, retried or deleted meanwhile
 */
export async function completeTask(
  tx: Transaction,
  run: TaskRun,
  result: { thumbnail: string | null; segments: readonly NewSegment[] },
): Promise<TaskRow> {
  // The index before the task, as deletions lock them: a new video locks its index, too.
  const [index] = await tx.orm
    .select({ model: indexes.model })
    .from(indexes)
    .innerJoin(tasks, eq(tasks.indexId, indexes.id))
    .where(eq(tasks.id, run.id))
    .for('key share', { of: indexes });
  const task = await advance(tx, run, 'INDEXING', 'READY');
  if (!index || !task.asset || !task.metadata) throw new Error(`task ${task.id} was indexed without being validated`);
  const { tenant, indexId, asset, metadata, userMetadata } = task;
  const video = { id: createId(), tenant, indexId, taskId: task.id, asset, metadata, userMetadata };
  await tx.orm.delete(videos).where(eq(videos.taskId, task.id));
  await tx.orm.insert(videos).values({ ...video, thumbnail: result.thumbnail });
  const rows = result.segments.map((segment) => {
    return { id: createId(), tenant, indexId, videoId: video.id, model: index.model, ...segment };
  });
  for (let start = 0; start < rows.length; start += CHUNK)
    await tx.orm.insert(segments).values(rows.slice(start, start + CHUNK));
  return task;
}
