import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchedSource } from './fetched-source.ts';
import { checkInstallation, writeInstallRecord } from './installation.ts';
import { readPins } from './lock-file.ts';
import { makeFiles } from './make-files.ts';
import type { Manifest } from './manifest.ts';

const PARTIAL = '.pull-';
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Makes a bundle's files of its sources and puts them in place with one rename: `folder/NAME` is either whole or what it was before. */
export async function install(
  folder: string,
  manifest: Manifest,
  sources: ReadonlyMap<string, FetchedSource>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const partial = await mkdtemp(join(folder, PARTIAL));
  try {
    const next = join(partial, 'next');
    await mkdir(next);
    await writeInstallRecord(next, manifest, await makeFiles(manifest, sources, next));
    await swap(folder, manifest, partial);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

// A folder cannot be renamed over another that is not empty, so the previous one steps aside first. Another process that
// pulls the same model may come before, or between; when what it has put there is whole, its work is as good as ours.
async function swap(folder: string, manifest: Manifest, partial: string): Promise<void> {
  const target = join(folder, manifest.name);
  if (await isInstalled(folder, manifest)) return;
  try {
    await rename(target, join(partial, 'previous'));
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  try {
    await rename(join(partial, 'next'), target);
  } catch (error) {
    if (await isInstalled(folder, manifest)) return;
    await rename(join(partial, 'previous'), target).catch(() => {});
    throw error;
  }
}

/** Whether a bundle's own files are here and whole. */
export async function isInstalled(folder: string, manifest: Manifest): Promise<boolean> {
  const checks = await checkInstallation(join(folder, manifest.name), manifest, await readPins(folder));
  return checks.every(({ status }) => status === 'ok');
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

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
