import { isSafeAddress } from './sources.ts';

const MOST_REDIRECTS = 5;
/** Milliseconds without a byte after which a server counts as gone. */
export const SILENCE = 30_000;

/** What a server says of a file; null where it does not. */
export interface FileFacts {
  bytes: number | null;
  /** Of the repository, which the hub names in `x-repo-commit`. */
  commit: string | null;
  /** SHA-256 in hex, by which the hub stores large files and which it names in `x-linked-etag`. */
  sha256: string | null;
}

/**
 * Requests a URL and follows redirects, as long as each leads to https, or from this machine to this machine. A hub tells of a file in its
 * own answer, before it redirects to where the bytes are.
 */
export async function request(
  method: 'GET' | 'HEAD',
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<{ response: Response; facts: FileFacts }> {
  const facts: FileFacts = { bytes: null, commit: null, sha256: null };
  for (let hop = url, count = 0; ; count++) {
    const isDowngraded = isEncrypted(url) && !isEncrypted(hop);
    if (!isSafeAddress(hop) || isDowngraded) throw new Error(`${url} leads to ${hop}; only https: URLs are followed`);
    const response = await fetch(hop, {
      method,
      // A compressed answer could not be resumed in the middle.
      headers: { 'accept-encoding': 'identity', 'user-agent': 'reelgraph', ...headers },
      redirect: 'manual',
      ...(signal && { signal }),
    });
    addFacts(facts, response);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return { response, facts };
    await response.body?.cancel();
    if (count >= MOST_REDIRECTS) throw new Error(`${url} redirects more than ${MOST_REDIRECTS} times`);
    hop = new URL(location, hop).href;
  }
}

/** What the server says of a file, without its bytes. Throws where there is none to be had. */
export async function requestFacts(url: string, signal: AbortSignal | undefined): Promise<FileFacts> {
  const silence = AbortSignal.timeout(SILENCE);
  try {
    const both = signal ? AbortSignal.any([signal, silence]) : silence;
    const { response, facts } = await request('HEAD', url, {}, both);
    // Some servers answer only to GET; and one that is overloaded may have recovered by then.
    if (response.ok || response.status === 405 || response.status === 429 || response.status >= 500) return facts;
    throw new Error(explainStatus(url, response.status));
  } catch (error) {
    signal?.throwIfAborted();
    if (silence.aborted) throw new Error(`${new URL(url).host} fell silent`, { cause: error });
    if (error instanceof TypeError) throw new Error(explainUnreachable(url, error), { cause: error });
    throw error;
  }
}

/** What a status means for who wants the file. */
export function explainStatus(url: string, status: number): string {
  const { host } = new URL(url);
  if (status === 404) return `${url} is not there (status 404)`;
  if (status === 401 || status === 403)
    return `${host} refuses ${url} (status ${status}); the repository may be private, gated or gone`;
  return `${host} answered with status ${status} to ${url}`;
}

/** Why there was no answer, and what can be done about it. */
export function explainUnreachable(url: string, error: Error): string {
  const { host } = new URL(url);
  const reason = error.cause instanceof Error ? error.cause.message || describeCode(error.cause) : error.message;
  return `cannot reach ${host}: ${reason}. Is there a network? HF_ENDPOINT names a mirror of the hub; NODE_USE_ENV_PROXY=1 has HTTPS_PROXY used; a folder of models that was filled elsewhere may be copied here`;
}

function isEncrypted(url: string): boolean {
  return new URL(url).protocol === 'https:';
}

function describeCode(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

function addFacts(facts: FileFacts, { headers, status }: Response): void {
  const tag = (headers.get('x-linked-etag') ?? '').replace(/^"|"$/g, '');
  const size = headers.get('x-linked-size') ?? (status === 200 ? headers.get('content-length') : null);
  // It becomes part of the address of the next file.
  const commit = headers.get('x-repo-commit') ?? '';
  facts.commit ??= /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  facts.sha256 ??= /^[0-9a-f]{64}$/.test(tag) ? tag : null;
  facts.bytes ??= size === null ? null : Number(size);
}
