import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Pins } from './lock-file.ts';
import { type Manifest, manifestDigest, RECORD } from './manifest.ts';

/** One file of an installed bundle against its record. Sums are SHA-256 in hex. */
export type FileCheck = { bundle: string; file: string } & (
  | { status: 'ok' }
  | { status: 'missing'; expected: string | null }
  | { status: 'mismatch'; expected: string; actual: string }
);

const record = z.object({
  manifest: z.string(),
  /** `modified` is in milliseconds: while that and the size stand, the sum is taken to stand. */
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string(), modified: z.number().optional() })),
});
type InstallRecord = z.infer<typeof record>;

/** Writes into a folder what says which files belong to the installation, and their checksums by name. */
export async function writeInstallRecord(
  folder: string,
  manifest: Manifest,
  sums: ReadonlyMap<string, string>,
): Promise<void> {
  const entries = [...sums].map(async ([name, sha256]) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return [name, { bytes: size, sha256, modified: mtimeMs }] as const;
  });
  const value: InstallRecord = {
    manifest: manifestDigest(manifest),
    files: Object.fromEntries(await Promise.all(entries)),
  };
  await writeFile(join(folder, RECORD), `${JSON.stringify(value, null, 2)}\n`, { flush: true });
}

/**
 * Checks every file of a bundle against its checksum, without repairing anything. An installation without a record, or
 * made from another version of the manifest, counts as missing.
 * @param pins where the sums stand that no manifest has
 * @param isTrusting takes a file whose size and date are those of the record for what it was
 */
export async function checkInstallation(
  folder: string,
  manifest: Manifest,
  pins: Pins,
  { isTrusting = false } = {},
): Promise<FileCheck[]> {
  const known = await readInstallRecord(folder);
  const current = known?.manifest === manifestDigest(manifest) ? known.files : {};
  return Promise.all(
    Object.entries(manifest.files).map(async ([file, recipe]): Promise<FileCheck> => {
      const place = { bundle: manifest.name, file };
      const recorded = current[file];
      if (!recorded) return { ...place, status: 'missing', expected: null };
      const source = recipe.make === 'copy' ? manifest.sources[recipe.source] : undefined;
      const expected = (source && (source.sha256 ?? pins[source.from]?.sha256)) ?? recorded.sha256;
      const path = join(folder, file);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) return { ...place, status: 'missing', expected };
      const isTouched = found.size !== recorded.bytes || found.mtimeMs !== recorded.modified;
      const actual = isTrusting && !isTouched ? recorded.sha256 : await sumOf(path, found, isTrusting);
      return actual === expected ? { ...place, status: 'ok' } : { ...place, status: 'mismatch', expected, actual };
    }),
  );
}

/** SHA-256 in hex. */
export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function readInstallRecord(folder: string): Promise<InstallRecord | undefined> {
  try {
    return record.parse(JSON.parse(await readFile(join(folder, RECORD), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Sums of files that bear another date than their record, as copies do; hundreds of megabytes are not read twice. */
const remembered = new Map<string, { size: number; mtimeMs: number; sum: string }>();

async function sumOf(path: string, { size, mtimeMs }: Stats, isTrusting: boolean): Promise<string> {
  const known = remembered.get(path);
  if (isTrusting && known?.size === size && known.mtimeMs === mtimeMs) return known.sum;
  const sum = await sha256OfFile(path);
  remembered.set(path, { size, mtimeMs, sum });
  return sum;
}
