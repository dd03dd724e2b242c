import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreadableMediaError } from './errors.ts';

/** What a run writes: folders of many small files, each written in one go, and one file that grows. */
interface Output {
  folders: readonly string[];
  file: string;
}

/** Adds up what a run writes, and aborts `signal` with an `UnreadableMediaError` once that is more than `most` bytes. */
export function createOutputWatch(folder: string, { folders, file }: Output, most: number) {
  const controller = new AbortController();
  const complete = new Map<string, number>();
  let latest = new Set<string>();
  let looking: Promise<void> | undefined;

  // A file is complete when it is not new any more: so each is looked at twice.
  const addUp = async () => {
    const before = latest;
    latest = new Set();
    for (const name of folders) {
      for (const entry of await readdir(join(folder, name))) {
        const path = join(folder, name, entry);
        if (complete.has(path) && !before.has(path)) continue;
        if (!complete.has(path)) latest.add(path);
        complete.set(path, (await stat(path)).size);
      }
    }
    const growing = await stat(join(folder, file)).catch(() => ({ size: 0 }));
    const total = complete.values().reduce((sum, size) => sum + size, growing.size);
    if (total <= most) return;
    const [megabytes, allowed] = [total, most].map((bytes) => (bytes / 1e6).toFixed(1));
    controller.abort(
      new UnreadableMediaError(`The frames and the sound of the file take ${megabytes} MB; allowed are ${allowed} MB`),
    );
  };

  return {
    signal: controller.signal,
    /** Looks, or waits for the look that is on its way. */
    look(): Promise<void> {
      // The folder may go while it is looked at: after an abort.
      looking ??= addUp()
        .catch(() => {})
        .finally(() => {
          looking = undefined;
        });
      return looking;
    },
  };
}
