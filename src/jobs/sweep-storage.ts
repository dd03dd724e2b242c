import type { App } from '../app.ts';
import { removeUnclaimed } from '../domain/assets.ts';
import type { JobContext } from '../queue/worker.ts';

/** Hours after which a temporary file counts as left behind: longer than the longest upload or decode. */
const ABANDONED = 24;

/** Removes what killed processes left on the disk: temporary files, and bytes that no row claims. */
export async function runSweepStorage(app: App, _input: object, { signal, log }: JobContext): Promise<void> {
  const temporary = await app.storage.sweepTemporary(new Date(Date.now() - ABANDONED * 60 * 60 * 1000));
  let unclaimed = 0;
  for await (const { sha256 } of app.storage.listAssets()) {
    signal.throwIfAborted();
    if (await removeUnclaimed(app.db, sha256, () => app.storage.removeAsset(sha256))) unclaimed += 1;
  }
  if (temporary + unclaimed > 0) log.info({ temporary, unclaimed }, 'storage swept');
}
