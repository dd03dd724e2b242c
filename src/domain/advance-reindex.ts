import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { type IndexRow, indexes, type ReindexRow, reindexes, reindexVideos, videos } from '../db/schema.ts';
import type { ReindexStatus, TaskFailure } from '../db/values.ts';
import { emitChange } from '../events/topics.ts';
import type { Queue } from '../queue/queue.ts';
import { laterThan } from './advance-task.ts';
import { reindexVideo, removeSegments } from './jobs.ts';
import { adoptWords } from './reindexed-words.ts';

/**
 * Videos of one reindex that wait in the queue or are worked on: enough to keep the workers busy, and so few that the
 * next reindex need not wait for all videos of this one. More are taken up when half of them are done.
 */
const MOST_OPEN = 32;
/** Seconds that an index's former segments are kept for the searches that had begun before the swap. */
const KEPT = 60;

/** A running reindex and its index. */
export interface RunningReindex {
  reindex: ReindexRow;
  index: IndexRow;
}

/**
 * Locks a reindex until the transaction ends, and its index before it; undefined when it is not running.
 * @param lock `update` keeps everybody else out, also videos that are about to be new in the index; `share` keeps the
 *   reindex running, while others may do the same
 */
export async function lockRunning(
  tx: Transaction,
  id: string,
  lock: 'update' | 'share',
): Promise<RunningReindex | undefined> {
  const [index] = await tx.orm
    .select(getTableColumns(indexes))
    .from(indexes)
    .innerJoin(reindexes, eq(reindexes.indexId, indexes.id))
    .where(eq(reindexes.id, id))
    .for(lock === 'update' ? 'update' : 'key share', { of: indexes });
  const [reindex] = await tx.orm
    .select()
    .from(reindexes)
    .where(and(eq(reindexes.id, id), eq(reindexes.status, 'RUNNING')))
    .for(lock);
  return index && reindex && { index, reindex };
}

/**
 * Does what comes next in a reindex: takes up more videos while there are any that it has not, also such as are new;
 * makes the new model the index's own when all are done. Does nothing when the reindex is not running. Whatever was
 * done before, by whom and how often: only the rows tell what is left to do.
 */
export async function advanceReindex(tx: Transaction, queue: Queue, id: string): Promise<void> {
  const running = await lockRunning(tx, id, 'update');
  if (!running) return;
  const { reindex, index } = running;
  const [counts = { done: 0, open: 0 }] = await tx.orm
    .select({
      done: sql`count(*) filter (where ${reindexVideos.done})`.mapWith(Number),
      open: sql`count(*) filter (where not ${reindexVideos.done})`.mapWith(Number),
    })
    .from(reindexVideos)
    .where(eq(reindexVideos.reindexId, id));
  const { done, open } = counts;
  const taken = open <= MOST_OPEN / 2 ? await takeUp(tx, queue, reindex, MOST_OPEN - open) : 0;
  if (open + taken > 0) {
    const total = await tx.orm.$count(videos, eq(videos.indexId, index.id));
    if (done !== reindex.done || total !== reindex.total) await change(tx, reindex, { done, total });
  } else if ((await tx.orm.$count(untaken(tx, reindex).as('untaken'))) > 0) {
    // Those that were to be taken up were deleted at that moment, and there are more.
    await advanceReindex(tx, queue, id);
  } else {
    await swap(tx, queue, running, done);
  }
}

/** The videos that a reindex has not taken up, oldest first. */
function untaken(db: Connection, reindex: ReindexRow) {
  // The offset keeps the planner from a join, which it believes to be of few rows, and which takes time in their square.
  const taken = sql`select from ${reindexVideos}
    where ${reindexVideos.reindexId} = ${reindex.id} and ${reindexVideos.videoId} = ${videos.id} offset 0`;
  return db.orm
    .select({ id: videos.id })
    .from(videos)
    .where(and(eq(videos.indexId, reindex.indexId), sql`not exists (${taken})`))
    .orderBy(asc(videos.createdAt), asc(videos.id));
}

async function takeUp(tx: Transaction, queue: Queue, reindex: ReindexRow, most: number): Promise<number> {
  const next = await untaken(tx, reindex).limit(most).for('key share');
  if (next.length === 0) return 0;
  await tx.orm.insert(reindexVideos).values(next.map(({ id }) => ({ reindexId: reindex.id, videoId: id })));
  for (const { id } of next) await queue.enqueue(tx, reindexVideo, { reindexId: reindex.id, videoId: id });
  return next.length;
}

/** From here on the index is of the new model. The old segments, which nothing reads any more, go by and by. */
async function swap(tx: Transaction, queue: Queue, { reindex, index }: RunningReindex, done: number): Promise<void> {
  await adoptWords(tx, reindex.id);
  await tx.orm
    .update(indexes)
    .set({ model: reindex.model, modalities: reindex.modalities, updatedAt: sql`clock_timestamp()` })
    .where(eq(indexes.id, index.id));
  await end(tx, reindex, { status: 'READY', done, total: done });
  await queue.enqueue(tx, removeSegments, { indexId: index.id, model: index.model }, { after: KEPT });
}

/** Ends a reindex without a swap; what it has embedded goes. Does nothing when it is not running. */
export async function giveUpReindex(
  tx: Transaction,
  queue: Queue,
  id: string,
  outcome: { status: 'CANCELED' } | { status: 'FAILED'; failure: TaskFailure },
): Promise<ReindexRow | undefined> {
  const running = await lockRunning(tx, id, 'update');
  if (!running) return undefined;
  const { reindex, index } = running;
  const ended = await end(tx, reindex, outcome);
  await queue.enqueue(tx, removeSegments, { indexId: index.id, model: reindex.model });
  return ended;
}

type Changes = { status?: ReindexStatus; failure?: TaskFailure; done?: number; total?: number };

async function end(tx: Transaction, reindex: ReindexRow, changes: Changes): Promise<ReindexRow | undefined> {
  await tx.orm.delete(reindexVideos).where(eq(reindexVideos.reindexId, reindex.id));
  return change(tx, reindex, changes);
}

async function change(tx: Transaction, reindex: ReindexRow, changes: Changes): Promise<ReindexRow | undefined> {
  const [changed] = await tx.orm
    .update(reindexes)
    .set({
      ...changes,
      version: reindex.version + 1,
      updatedAt: laterThan(reindexes.updatedAt),
    })
    .where(eq(reindexes.id, reindex.id))
    .returning();
  emitChange(tx, 'reindex:changed', { reindexId: reindex.id, indexId: reindex.indexId });
  return changed;
}
