import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { download, removeDownload } from './download.ts';
import type { FetchedSource } from './fetched-source.ts';
import { sha256OfFile } from './installation.ts';
import { addPin, LOCK_FILE, type Pin, type Pins, readPins } from './lock-file.ts';
import { requestFacts } from './remote-request.ts';
import { parseSource, type Source } from './sources.ts';

const DOWNLOADS = '.downloads';
/** Milliseconds after which what nobody has gone on downloading is cleared away. */
const ABANDONED_AFTER = 14 * 24 * 60 * 60 * 1000;

/** A source that is downloaded, under the name that its manifest gives it. */
export interface RemoteSource {
  name: string;
  source: Source;
}

export interface RemoteOptions {
  folder: string;
  /** The address of the model hub. */
  hub: string;
  signal: AbortSignal | undefined;
}

/** Whether a source is downloaded from a hub or another server, and not out of a package. */
export function isRemote({ from }: Source): boolean {
  return parseSource(from).kind !== 'npm';
}

/** How many bytes each source has, as its manifest, its pin or else its server says; 0 where none does. */
export async function sizesOf(sources: readonly RemoteSource[], { folder, hub, signal }: RemoteOptions) {
  const pins = await readPins(folder);
  const sizes = sources.map(async ({ name, source }) => {
    const known = source.bytes ?? pins[source.from]?.bytes;
    return [name, known ?? (await requestFacts(addressOf(source, hub, pins), signal)).bytes ?? 0] as const;
  });
  return new Map(await Promise.all(sizes));
}

/**
 * Downloads a source, or goes on with what an earlier pull has left of it, and checks it: against the manifest's
 * checksum, else against its pin, else against the hub's own; and what had no checksum is pinned to what it is.
 */
export async function fetchRemoteFile(
  { name, source }: RemoteSource,
  { folder, hub, signal }: RemoteOptions,
  onBytes: (bytes: number) => void,
): Promise<FetchedSource> {
  const file = await downloadFile(folder, source);
  const pins = await readPins(folder);
  const pin = pins[source.from];
  const expected = source.sha256 ?? pin?.sha256;
  const present = expected === undefined ? undefined : await sumIfThere(file);
  if (present === undefined || present !== expected) {
    const facts = await download(addressOf(source, hub, pins), file, { signal, onBytes });
    const actual = await sha256OfFile(file);
    const wanted = expected ?? facts.sha256 ?? actual;
    if (actual !== wanted) {
      await removeDownload(file);
      throw new Error(describeMismatch(name, source, actual, wanted, source.sha256 ? undefined : pin));
    }
    const { size } = await stat(file);
    if (source.bytes !== undefined && source.bytes !== size) {
      await removeDownload(file);
      throw new Error(`"${name}" from ${source.from} has ${size} bytes, not ${source.bytes}`);
    }
    if (!expected) {
      const pinnedAt = new Date().toISOString();
      await addPin(folder, source.from, { bytes: size, sha256: actual, commit: facts.commit, pinnedAt });
    }
    return downloaded(file, actual);
  }
  onBytes((await stat(file)).size);
  return downloaded(file, present);
}

function downloaded(file: string, sha256: string): FetchedSource {
  return {
    sha256,
    read: () => readFile(file),
    // Where the disk knows no second name for a file, it is copied.
    placeAt: (path) => link(file, path).catch(() => copyFile(file, path)),
    discard: () => removeDownload(file),
  };
}

/** Removes from the folder of downloads what was given up long ago. */
export async function sweepDownloads(folder: string): Promise<void> {
  const downloads = join(folder, DOWNLOADS);
  for (const name of await readdir(downloads).catch(() => [])) {
    const found = await stat(join(downloads, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER) await rm(join(downloads, name), { force: true });
  }
}

/** Where only one at a time downloads. */
export function turnFile(folder: string): string {
  return join(folder, DOWNLOADS, 'turn');
}

async function downloadFile(folder: string, { from }: Source): Promise<string> {
  await mkdir(join(folder, DOWNLOADS), { recursive: true });
  return join(folder, DOWNLOADS, createHash('sha256').update(from).digest('hex').slice(0, 32));
}

/** Of a branch, the commit that it was pinned at: later files come from the same one as the first. */
function addressOf({ from }: Source, hub: string, pins: Pins): string {
  const place = parseSource(from);
  if (place.kind === 'npm') throw new Error(`${from} is no file of a server.`);
  if (place.kind === 'url') return place.url;
  const { repository, revision, path } = place;
  const branch = `hub:${repository}@${revision}/`;
  const beside = Object.entries(pins).find(([other, { commit }]) => commit !== null && other.startsWith(branch));
  const commit = pins[from]?.commit ?? beside?.[1].commit ?? revision;
  return `${hub.replace(/\/+$/, '')}/${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function describeMismatch(name: string, { from }: Source, actual: string, wanted: string, pin?: Pin): string {
  const differs = `"${name}" from ${from} has the SHA-256 ${actual}, not ${wanted}`;
  if (!pin) return differs;
  return `${differs}, which it had when it was first pulled on ${pin.pinnedAt.slice(0, 10)}. If the change is meant, remove its entry from ${LOCK_FILE} and pull again`;
}

async function sumIfThere(file: string): Promise<string | undefined> {
  return sha256OfFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
