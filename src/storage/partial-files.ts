import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FileChangedError } from './remote-file-error.ts';
import { type RemoteVersion, remoteVersion } from './remote-version.ts';

/** Bytes that are surely on the disk: how many, their SHA-256, and the version of the remote file that they begin. */
const mark = z.object({ bytes: z.int().positive(), sha256: z.hash('sha256'), version: remoteVersion });
type Mark = z.output<typeof mark>;

/** The beginning of a download that its process did not live to end. */
export interface PartialFile {
  bytes: number;
  version: RemoteVersion;
  /** The bytes. Throws FileChangedError after the last one when they are not those that had come. */
  read(): AsyncIterable<Uint8Array>;
}

/** Names the temporary file of one run of a download; `key` names the download, with lower-case letters, digits, "-". */
export function partialPath(folder: string, key: string): string {
  if (!/^[a-z0-9-]+$/.test(key)) throw new TypeError(`Not a key of a download: ${JSON.stringify(key)}`);
  return join(folder, `${key}~${randomUUID()}`);
}

/** Notes that so much of a temporary file can be gone on from. */
export async function writeMark(path: string, noted: Mark): Promise<void> {
  // Whole or not at all: the former mark is as true as it was.
  await writeFile(`${markPath(path)}.new`, JSON.stringify(noted));
  await rename(`${markPath(path)}.new`, markPath(path));
}

/** Removes a temporary file with its mark; fine when there is none. */
export async function removePartial(path: string): Promise<void> {
  for (const name of [path, markPath(path), `${markPath(path)}.new`]) await rm(name, { force: true });
}

/** Removes what all runs of a download have left. */
export async function removePartials(folder: string, key: string): Promise<void> {
  for (const path of await listPaths(folder, key)) await removePartial(path);
}

/**
 * The longest beginning that runs of a download have left; the others are removed. It is only ever read, and may be
 * removed while it is: a run that is held for dead may be writing at its end still.
 */
export async function findPartial(folder: string, key: string): Promise<PartialFile | null> {
  const found = await Promise.all(
    (await listPaths(folder, key)).map(async (path) => ({ path, noted: await readMark(path) })),
  );
  const longest = found.reduce((most, { noted }) => Math.max(most, noted?.bytes ?? 0), 0);
  const best = found.find(({ noted }) => noted?.bytes === longest);
  for (const { path } of found) if (path !== best?.path) await removePartial(path);
  if (!best?.noted) return null;
  const { path, noted } = best;
  return { bytes: noted.bytes, version: noted.version, read: () => readMarked(path, noted) };
}

async function* readMarked(path: string, { bytes, sha256 }: Mark): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const handle = await open(path).catch(() => null);
  if (!handle) throw new FileChangedError('what had come of it is gone');
  for await (const chunk of handle.createReadStream({ end: bytes - 1 })) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw new FileChangedError('what had come of it is damaged');
}

async function readMark(path: string): Promise<Mark | undefined> {
  try {
    return mark.parse(JSON.parse(await readFile(markPath(path), 'utf8')));
  } catch {
    // None was written, or it was half written when the power went.
    return undefined;
  }
}

async function listPaths(folder: string, key: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(`${key}~`));
  return [...new Set(names.map((name) => join(folder, name.replace(/\.mark(\.new)?$/, ''))))];
}

function markPath(path: string): string {
  return `${path}.mark`;
}
