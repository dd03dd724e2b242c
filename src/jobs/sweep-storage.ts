import type { App } from '../app.ts';
import { removeUnclaimed } from '../domain/assets.ts';
import { LINES } from '../domain/jobs.ts';
import { forgetTurns } from '../domain/turns.ts';
import type { JobContext } from '../queue/worker.ts';

/** Hours after which a temporary file counts as left behind: longer than the longest upload or decode. */
const ABANDONED = 24;

/**
 * Removes what killed processes left on the disk: temporary files, and bytes and proxies that no row claims; and in the
 * database what is kept of flows without work.
 */
export async function runSweepStorage(app: App, _input: object, { signal, log }: JobContext): Promise<void> {
  const temporary = await app.storage.sweepTemporary(new Date(Date.now() - ABANDONED * 60 * 60 * 1000));
  let unclaimed = 0;
  const remove = async (sha256: string) => {
    signal.throwIfAborted();
    if (await removeUnclaimed(app.db, sha256, () => app.storage.removeAsset(sha256))) unclaimed += 1;
  };
  for await (const { sha256 } of app.storage.listAssets()) await remove(sha256);
  // A task may have been canceled and deleted while its proxy was about to take its place.
  for await (const sha256 of app.storage.listProxies()) await remove(sha256);
  for (const line of LINES) await forgetTurns(app.db, app.queue, line);
  if (temporary + unclaimed > 0) log.info({ temporary, unclaimed }, 'storage swept');
}
