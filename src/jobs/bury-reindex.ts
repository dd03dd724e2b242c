import type { App } from '../app.ts';
import { advanceReindex, giveUpReindex } from '../domain/advance-reindex.ts';
import { describeFailure } from '../domain/check-video.ts';
import { findReindexWork, type ReindexRun } from '../domain/reindex-videos.ts';

/** Ends the reindex whose job used up its retries, unless its video is done with, or gone. */
export async function buryReindex(app: App, run: ReindexRun): Promise<void> {
  const work = await findReindexWork(app.db, run);
  await app.db.transaction(async (tx) => {
    if (!work) return advanceReindex(tx, app.queue, run.reindexId);
    const { video, reindex } = work;
    const message = `The service failed to embed "${video.metadata.filename}" (video ${video.id}) with "${reindex.model}"; the cause is in its log.`;
    await giveUpReindex(tx, app.queue, reindex.id, { status: 'FAILED', failure: describeFailure('INTERNAL', message) });
  });
}
