import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type Manifest, manifestDigest } from './manifest.ts';

/** One file of an installed model against its record. Sums are SHA-256 in hex. */
export type FileCheck =
  | { file: string; status: 'ok' }
  | { file: string; status: 'missing'; expected: string | null }
  | { file: string; status: 'mismatch'; expected: string; actual: string };

const RECORD = 'install.json';
const record = z.object({
  manifest: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
});
type InstallRecord = z.infer<typeof record>;

/** The text of the record that says which files belong to an installation, and their checksums. */
export function writeInstallRecord(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
): [name: string, text: string] {
  const entries = [...files].map(([name, data]) => [name, { bytes: data.byteLength, sha256: sha256(data) }]);
  const value: InstallRecord = { manifest: manifestDigest(manifest), files: Object.fromEntries(entries) };
  return [RECORD, `${JSON.stringify(value, null, 2)}\n`];
}

/**
 * Checks every file of a model against its checksum, without repairing anything. An installation without a record, or
 * made from another version of the manifest, counts as missing.
 */
export async function checkInstallation(folder: string, manifest: Manifest): Promise<FileCheck[]> {
  const known = await readInstallRecord(folder);
  const current = known?.manifest === manifestDigest(manifest) ? known.files : {};
  return Promise.all(
    Object.keys(manifest.files).map(async (file): Promise<FileCheck> => {
      const expected = current[file];
      if (!expected) return { file, status: 'missing', expected: null };
      const actual = await sha256OfFile(join(folder, file));
      if (actual === undefined) return { file, status: 'missing', expected: expected.sha256 };
      if (actual === expected.sha256) return { file, status: 'ok' };
      return { file, status: 'mismatch', expected: expected.sha256, actual };
    }),
  );
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

async function readInstallRecord(folder: string): Promise<InstallRecord | undefined> {
  try {
    return record.parse(JSON.parse(await readFile(join(folder, RECORD), 'utf8')));
  } catch {
    return undefined;
  }
}

async function sha256OfFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
