import { and, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import type { Connection, Database, Transaction } from '../db/client.ts';
import {
  indexes,
  reindexes,
  reindexVideos,
  segments,
  type TranscriptRow,
  tasks,
  transcripts,
  type VideoRow,
  videos,
} from '../db/schema.ts';
import type { TranscriptLine } from '../db/values.ts';
import { lockRunning, type RunningReindex } from './advance-reindex.ts';
import { insertSegments, type NewSegment } from './segments.ts';

/** Segments that one statement removes. */
const MOST_REMOVED = 5000;

/** One video of a reindex. */
export interface ReindexRun {
  reindexId: string;
  videoId: string;
}

/** A video that is to be embedded anew, and everything that is known of it. */
export interface ReindexWork extends RunningReindex {
  video: VideoRow;
  /** What its owner said is spoken, as a BCP 47 tag. */
  language: string | null;
  transcript: TranscriptRow | null;
}

/** What there is to do, or undefined when it is done, or not wanted any more. */
export async function findReindexWork(db: Connection, run: ReindexRun): Promise<ReindexWork | undefined> {
  const [work] = await db.orm
    .select({ reindex: reindexes, index: indexes, video: videos, language: tasks.language, transcript: transcripts })
    .from(reindexVideos)
    .innerJoin(reindexes, eq(reindexes.id, reindexVideos.reindexId))
    .innerJoin(indexes, eq(indexes.id, reindexes.indexId))
    .innerJoin(videos, eq(videos.id, reindexVideos.videoId))
    .innerJoin(tasks, eq(tasks.id, videos.taskId))
    .leftJoin(transcripts, eq(transcripts.taskId, videos.taskId))
    .where(isOpen(run));
  return work;
}

/** Whether there is still something to do; for whoever asks again and again. */
export async function isReindexOpen(db: Connection, run: ReindexRun): Promise<boolean> {
  const [open] = await db.orm
    .select({ videoId: reindexVideos.videoId })
    .from(reindexVideos)
    .innerJoin(reindexes, eq(reindexes.id, reindexVideos.reindexId))
    .where(isOpen(run));
  return open !== undefined;
}

function isOpen(run: ReindexRun) {
  return and(isOf(run), eq(reindexVideos.done, false), eq(reindexes.status, 'RUNNING'));
}

function isOf(run: ReindexRun) {
  return and(eq(reindexVideos.reindexId, run.reindexId), eq(reindexVideos.videoId, run.videoId));
}

/**
 * Stores the new segments of a video beside the old ones, once: does nothing when they are there already, and when the
 * video or the reindex is over.
 * @param result.lines what the new model heard; null where it did not listen
 * @param result.language of the words, as a BCP 47 tag
 */
export async function storeReindexedVideo(
  tx: Transaction,
  run: ReindexRun,
  result: { segments: readonly NewSegment[]; lines: readonly TranscriptLine[] | null; language: string | null },
): Promise<void> {
  const running = await lockRunning(tx, run.reindexId, 'share');
  if (!running) return;
  const { model } = running.reindex;
  const [video] = await tx.orm.select().from(videos).where(eq(videos.id, run.videoId)).for('key share');
  const [open] = await tx.orm
    .select()
    .from(reindexVideos)
    .where(and(isOf(run), eq(reindexVideos.done, false)))
    .for('update');
  if (!video || !open) return;
  // What a former reindex to this model left, in whichever modalities.
  await tx.orm.delete(segments).where(and(eq(segments.videoId, video.id), eq(segments.model, model)));
  const { lines, language } = result;
  await insertSegments(tx, video, model, result.segments, language);
  await tx.orm
    .update(reindexVideos)
    .set({ done: true, lines: lines && [...lines], language })
    .where(isOf(run));
}

/**
 * Removes some of an index's segments of a model, unless it is the index's own or that of its running reindex. Looks at
 * both in the statement that removes them: what a reindex has stored is not to be seen where the reindex is not.
 * @returns how many it were; 0 when none are left
 */
export async function removeStaleSegments(
  db: Database,
  { indexId, model }: { indexId: string; model: string },
): Promise<number> {
  const wanted = db.orm
    .select({ one: sql`1` })
    .from(reindexes)
    .where(and(eq(reindexes.indexId, indexId), eq(reindexes.status, 'RUNNING'), eq(reindexes.model, model)));
  const stale = db.orm
    .select({ id: segments.id })
    .from(segments)
    .innerJoin(indexes, eq(indexes.id, segments.indexId))
    .where(
      and(
        eq(segments.indexId, indexId),
        eq(segments.model, model),
        ne(indexes.model, segments.model),
        notExists(wanted),
      ),
    )
    .limit(MOST_REMOVED);
  const removed = await db.orm.delete(segments).where(inArray(segments.id, stale)).returning({ id: segments.id });
  return removed.length;
}
