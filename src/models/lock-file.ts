import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Beside the bundles; may be kept under version control, to have the same files elsewhere. */
export const LOCK_FILE = 'models.lock.json';

const pin = z.object({
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the repository when it was pulled, where the hub has said so. */
  commit: z.string().nullable(),
  pinnedAt: z.iso.datetime(),
});
const lockFile = z.object({ sources: z.record(z.string(), pin) });

/** What a source without a checksum of its own was at its first pull, to which it is held from then on. */
export type Pin = z.infer<typeof pin>;

/** By what manifests call the source: its `from`. */
export type Pins = Readonly<Record<string, Pin>>;

/** The pins of a models' folder; none where nothing has been pinned. Throws where the file is damaged. */
export async function readPins(folder: string): Promise<Pins> {
  const file = join(folder, LOCK_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return {};
  try {
    return lockFile.parse(JSON.parse(text)).sources;
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new Error(`The lock file ${file} cannot be read: ${reason}`, { cause });
  }
}

/** Adds a pin. Only who has the folder to itself may do so: the file is read and written anew. */
export async function addPin(folder: string, from: string, added: Pin): Promise<void> {
  const pins = { ...(await readPins(folder)), [from]: added };
  const sources = Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
  const file = join(folder, LOCK_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify({ sources }, null, 2)}\n`, { flush: true });
  await rename(`${file}.new`, file);
}
