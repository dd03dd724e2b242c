import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreadableMediaError } from './errors.ts';

/**
 * Adds up what a run writes into `folders` of its folder, and aborts `signal` with an `UnreadableMediaError` once that is
 * more than `most` bytes. A file that was seen is taken to be complete, save for those of the last look.
 */
export function createOutputWatch(folder: string, folders: readonly string[], most: number) {
  const controller = new AbortController();
  const sizes = new Map<string, number>();
  let total = 0;
  let latest = new Set<string>();
  let looking = false;

  const addUp = async () => {
    const seen = new Set<string>();
    for (const name of folders) {
      for (const entry of await readdir(join(folder, name), { withFileTypes: true })) {
        const path = join(folder, name, entry.name);
        if (!entry.isFile() || (sizes.has(path) && !latest.has(path))) continue;
        const { size } = await stat(path);
        if (sizes.get(path) !== size) seen.add(path);
        total += size - (sizes.get(path) ?? 0);
        sizes.set(path, size);
      }
    }
    latest = seen;
    if (total <= most) return;
    const [megabytes, allowed] = [total, most].map((bytes) => Math.round(bytes / 1e6));
    controller.abort(
      new UnreadableMediaError(`The frames and the sound of the file take ${megabytes} MB; allowed are ${allowed} MB`),
    );
  };

  return {
    signal: controller.signal,
    /** Looks, unless it is looking already. */
    look(): void {
      if (looking) return;
      looking = true;
      // The folder may go while it is looked at: after an abort.
      addUp()
        .catch(() => {})
        .finally(() => {
          looking = false;
        });
    },
  };
}
