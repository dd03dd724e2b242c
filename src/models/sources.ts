import { z } from 'zod';

const NPM = /^npm:((?:@[\w.-]+\/)?[\w.-]+@[\w.+-]+)\/(.+)$/;
const HUB = /^hub:([\w.-]+\/[\w.-]+)@([\w.-]+)\/(.+)$/;
const FORMS = 'npm:package@version/path, hub:owner/repository@revision/path or an https: URL is needed';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');

/**
 * Where a file comes from, and what it must be. A file of a package is known to the byte. One from a hub or a URL may
 * say neither its size nor its checksum: what comes at the first pull is recorded, and every later pull must give the same.
 */
export const source = z
  .strictObject({
    from: z.string().refine((from) => place(from) !== undefined, { error: FORMS, abort: true }),
    bytes: z.int().positive().optional(),
    sha256: sha256.optional(),
    license: z.string(),
  })
  .refine(({ from, bytes, sha256 }) => !from.startsWith('npm:') || (bytes && sha256), {
    error: 'a file of a package needs its bytes and its sha256',
    path: ['from'],
  });

export type Source = z.infer<typeof source>;

/** A file of an npm package; of a repository on a model hub, at a commit or branch; or of any server. */
export type SourcePlace =
  | { kind: 'npm'; package: string; path: string }
  | { kind: 'hub'; repository: string; revision: string; path: string }
  | { kind: 'url'; url: string };

/** Takes apart what a source's `from` says. Throws where it is of none of the forms. */
export function parseSource(from: string): SourcePlace {
  const parsed = place(from);
  if (!parsed) throw new Error(`${JSON.stringify(from)} given; ${FORMS}.`);
  return parsed;
}

function place(from: string): SourcePlace | undefined {
  if (from.split(/[/:@]/).some((step) => step === '.' || step === '..')) return undefined;
  const [, spec, inPackage] = NPM.exec(from) ?? [];
  if (spec && inPackage) return { kind: 'npm', package: spec, path: inPackage };
  const [, repository, revision, path] = HUB.exec(from) ?? [];
  if (repository && revision && path) return { kind: 'hub', repository, revision, path };
  return URL.canParse(from) && isSafeAddress(from) ? { kind: 'url', url: from } : undefined;
}

/** Whether a URL is one that others on the way cannot change the answer of: https, or this machine. */
export function isSafeAddress(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}
