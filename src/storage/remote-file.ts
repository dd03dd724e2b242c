import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import followRedirects from 'follow-redirects';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

const MOST_REDIRECTS = 5;
/** Milliseconds without a byte after which a server counts as gone. */
const SILENCE = 30_000;

/** A URL whose file cannot be had; the message says why, in plain words. */
export class RemoteFileError extends Error {
  override name = 'RemoteFileError';
  /** Whether another try may do better: the server was away or overloaded, or the line was cut. */
  readonly transient: boolean;

  constructor(message: string, transient: boolean, options?: ErrorOptions) {
    super(message, options);
    this.transient = transient;
  }
}

/** Which addresses a URL may lead to, and when to give up. */
export interface RemoteFileOptions {
  /** IP addresses or CIDR ranges that may be reached although they are private, e.g. `192.168.1.20`. */
  allowAddresses: readonly string[];
  signal?: AbortSignal | undefined;
}

/** A response that has begun. */
export interface RemoteFile {
  /** Ends with a RemoteFileError when the line is cut before all of it has come. */
  body: AsyncIterable<Uint8Array>;
  /** Bytes, where the server says so. */
  size: number | null;
}

/**
 * Requests a file by http or https. Every address that a name resolves to and every redirect is checked: private,
 * loopback, link-local and metadata addresses are refused unless they are allowed.
 * @throws RemoteFileError
 */
export async function openRemoteFile(url: string, options: RemoteFileOptions): Promise<RemoteFile> {
  const { protocol, username, password } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new RemoteFileError(`a URL with "${protocol}" was given; allowed are http: and https:`, false);
  if (username || password) throw new RemoteFileError('the URL holds a user name or password', false);
  const response = await request(url, options);
  const { statusCode: status = 0 } = response;
  if (status !== 200) {
    response.destroy();
    throw new RemoteFileError(`the server answered with status ${status}`, status >= 500 || status === 429);
  }
  const size = Number(response.headers['content-length']);
  return { body: readBody(response), size: Number.isFinite(size) ? size : null };
}

/** A whole remote file in memory. @throws RemoteFileError, also when it is larger than `maxBytes` */
export async function fetchRemoteBytes(
  url: string,
  options: RemoteFileOptions & { maxBytes: number },
): Promise<Uint8Array> {
  const { body } = await openRemoteFile(url, options);
  return buffer(limitBytes(body, options.maxBytes));
}

async function* limitBytes(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > most) throw new RemoteFileError(`the file is larger than ${most} bytes`, false);
    yield chunk;
  }
}

function request(url: string, { allowAddresses, signal }: RemoteFileOptions): Promise<IncomingMessage> {
  const filter = { allowIPAddressList: [...allowAddresses], keepAlive: false };
  const agents = { http: new RequestFilteringHttpAgent(filter), https: new RequestFilteringHttpsAgent(filter) };
  const { http, https } = followRedirects;
  return new Promise((resolve, reject) => {
    const sent = (url.startsWith('https:') ? https : http).get(
      url,
      { agents, maxRedirects: MOST_REDIRECTS, headers: { 'user-agent': 'reelgraph', accept: '*/*' } },
      (response) => resolve(response.once('close', forget)),
    );
    const stop = () => sent.destroy(signal?.reason);
    const forget = () => signal?.removeEventListener('abort', stop);
    signal?.addEventListener('abort', stop, { once: true });
    sent.setTimeout(SILENCE, () => sent.destroy(new Error(`nothing came for ${SILENCE / 1000} s`)));
    sent.on('error', (cause) => {
      forget();
      const refused = /is not allowed/.test(cause.message);
      const message = refused ? 'the URL leads to a private address' : `the request failed: ${cause.message}`;
      reject(signal?.aborted ? signal.reason : new RemoteFileError(message, !refused, { cause }));
    });
  });
}

async function* readBody(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (cause) {
    throw new RemoteFileError('the connection was cut before the whole file had come', true, { cause });
  }
}
