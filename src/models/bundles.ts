import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Manifest, parseManifest } from './manifest.ts';
import { isReference, type PartManifests, type PartPath } from './parts.ts';

const SHIPPED = fileURLToPath(new URL('./bundles/', import.meta.url));

/** A manifest that cannot be used, and why. */
export interface ManifestFault {
  /** The bundle that its file is named after. */
  name: string;
  file: string;
  faults: string[];
}

/** A part, and the bundle whose files it reads. */
export interface Part<P extends PartPath = PartPath> {
  path: P;
  bundle: string;
  manifest: PartManifests[P];
}

/** A manifest whose borrowed parts are found. */
export interface Bundle {
  manifest: Manifest;
  /** What does the part's work; undefined where nothing is to do it. */
  part<P extends PartPath>(path: P): Part<P> | undefined;
  /** The bundles whose files it needs, itself among them where it has any. */
  needs: string[];
}

/** The bundles that ship with Reelgraph and the user's own, from `folder/NAME.json`; faulty ones apart. */
export function loadBundles(folder?: string): { bundles: Map<string, Bundle>; faults: ManifestFault[] } {
  const faults: ManifestFault[] = [];
  const manifests = new Map<string, Manifest>();
  const files = new Map<string, string>();
  for (const file of [...manifestFiles(SHIPPED), ...(folder ? manifestFiles(folder) : [])]) {
    const name = file.replace(/^.*[\\/]|\.json$/g, '');
    try {
      if (manifests.has(name)) throw new BundleFault(`a bundle of this name ships with Reelgraph; take another`);
      const manifest = parseManifest(readFileSync(file, 'utf8'));
      if (manifest.name !== name) throw new BundleFault(`name: "${manifest.name}" given in a file for "${name}"`);
      manifests.set(name, manifest);
      files.set(name, file);
    } catch (error) {
      faults.push({ name, file, faults: faultsOf(error) });
    }
  }
  const bundles = new Map<string, Bundle>();
  for (const [name, manifest] of manifests) {
    try {
      bundles.set(name, resolve(manifest, manifests));
    } catch (error) {
      faults.push({ name, file: files.get(name) ?? '', faults: faultsOf(error) });
    }
  }
  // Who borrows from a bundle that cannot be used cannot be used either, and so on.
  const isLame = ({ needs }: Bundle) => needs.some((needed) => !bundles.has(needed));
  for (let lame = [...bundles.values()].filter(isLame); lame.length > 0; lame = [...bundles.values()].filter(isLame)) {
    for (const { manifest, needs } of lame) {
      const missing = needs.filter((needed) => needed !== manifest.name && !bundles.has(needed));
      const found = missing.map((needed) => `modalities: it borrows from "${needed}", which cannot be used`);
      faults.push({ name: manifest.name, file: files.get(manifest.name) ?? '', faults: found });
    }
    for (const { manifest } of lame) bundles.delete(manifest.name);
  }
  return { bundles, faults };
}

class BundleFault extends Error {}

const PATHS: readonly PartPath[] = [
  'VISUAL',
  'AUDIO',
  'TRANSCRIPTION.speech',
  'TRANSCRIPTION.words',
  'TEXT_IN_VIDEO.reader',
  'TEXT_IN_VIDEO.words',
];

function resolve(manifest: Manifest, manifests: ReadonlyMap<string, Manifest>): Bundle {
  const parts = new Map<PartPath, Part>();
  for (const path of PATHS) {
    const part = findPart(path, manifest.name, manifests);
    if (part) parts.set(path, part as Part);
  }
  const own = Object.keys(manifest.files).length > 0 ? [manifest.name] : [];
  return {
    manifest,
    part: <P extends PartPath>(path: P) => parts.get(path) as Part<P> | undefined,
    needs: [...new Set([...own, ...[...parts.values()].map(({ bundle }) => bundle)])],
  };
}

/** Follows references until a bundle has the part itself. Throws where one leads nowhere, or round in a circle. */
function findPart<P extends PartPath>(
  path: P,
  name: string,
  manifests: ReadonlyMap<string, Manifest>,
  borrowers: readonly string[] = [],
  isNeeded = false,
): Part<P> | undefined {
  const fault = (message: string) => new BundleFault(`modalities.${path}: ${message}`);
  const manifest = manifests.get(name);
  if (!manifest) throw fault(`there is no usable bundle "${name}" to borrow from`);
  if (borrowers.includes(name)) throw fault(`${[...borrowers, name].join(' borrows from ')}, round in a circle`);
  const keys = path.split('.');
  let value: unknown = manifest.modalities;
  for (const [depth, key] of keys.entries()) {
    value = (value as Record<string, unknown>)[key];
    const isLeaf = depth === keys.length - 1;
    if (isReference(value)) return findPart(path, value.bundle, manifests, [...borrowers, name], isNeeded || isLeaf);
    if (value !== undefined) continue;
    // A borrowed modality must be there; of what it consists is the lender's business.
    if (isNeeded || (depth === 0 && borrowers.length > 0)) throw fault(`the bundle "${name}" has none to lend`);
    return undefined;
  }
  return { path, bundle: name, manifest: value as PartManifests[P] };
}

function manifestFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function faultsOf(error: unknown): string[] {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.') || 'the manifest'}: ${message}`);
  return [error instanceof SyntaxError ? `it is not JSON: ${error.message}` : (error as Error).message];
}
