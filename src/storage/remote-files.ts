import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type AddressRuleOptions, createAddressRules } from './address-rules.ts';
import { createPatience, type Patience } from './patience.ts';
import { FileChangedError, RemoteFileError } from './remote-file-error.ts';
import { type RequestLimits, type Resolve, requestRemote } from './remote-request.ts';
import { type RemoteVersion, restBegins, sizeOf, versionOf } from './remote-version.ts';

/** What a server may take of our time. */
export interface RemoteLimits extends RequestLimits {
  /** Bytes a second that must come on average in every `pace` milliseconds. */
  minRate: number;
  pace: number;
  /** Milliseconds before each further try in a row that has brought nothing new. */
  pauses: readonly number[];
}

/** Bytes that may have come before they are taken. */
const READ_AHEAD = 1024 ** 2;
const USUAL_LIMITS = { connect: 10_000, answer: 30_000, pace: 30_000, pauses: [250, 1_000, 5_000] };

export interface RemoteFilesOptions extends AddressRuleOptions {
  limits: Pick<RemoteLimits, 'minRate'> & Partial<RemoteLimits>;
  /** How hosts are found; the system does it where nothing is said. */
  resolve?: Resolve;
}

/** Where in which version of a file a download goes on. */
export interface RemotePosition {
  bytes: number;
  version: RemoteVersion;
}

/** A response that has begun. */
export interface RemoteFile {
  /** What comes from `start` on. Ends with a RemoteFileError when the line is cut, or the server too slow. */
  body: AsyncIterable<Uint8Array>;
  /** Bytes before those of `body`. */
  start: number;
  /** Bytes of the whole file, where the server says so. */
  size: number | null;
  /** What a later request is to find the same bytes by; null where that cannot be known. */
  version: RemoteVersion | null;
  /** Hangs up; fine when all has come. */
  close(): void;
}

/** Files behind the URLs of strangers. */
export interface RemoteFiles {
  /**
   * Requests a file, from a position on where one is given. Its body must be read to an end, or closed.
   * @throws RemoteFileError (FileChangedError where the server does not go on with the same bytes), or the signal's reason
   */
  open(url: string, options?: { signal?: AbortSignal; from?: RemotePosition | undefined }): Promise<RemoteFile>;
  /** A whole small file in memory. @throws RemoteFileError, also when it is larger than `maxBytes`; the signal's reason */
  read(url: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array>;
  /** What faults one download may meet before it is given up. */
  patience(signal: AbortSignal): Patience;
}

/** A client for URLs that are not to be trusted: see `requestRemote` for what they may lead to. */
export function createRemoteFiles(options: RemoteFilesOptions): RemoteFiles {
  const rules = createAddressRules(options);
  const limits = { ...USUAL_LIMITS, ...options.limits };
  const { resolve } = options;

  const open: RemoteFiles['open'] = async (url, { signal, from } = {}) => {
    // Another host is neither told what the first one has, nor believed to have the same.
    const headersFor = (hop: URL): Record<string, string> =>
      from && hop.origin === from.version.origin
        ? { range: `bytes=${from.bytes}-`, 'if-range': from.version.validator }
        : {};
    const { response, url: last } = await requestRemote(url, { rules, limits, resolve, signal, headersFor });
    try {
      const facts = describe(response, last, from);
      return { ...facts, body: readBody(response, readAhead(response), limits, signal), close };
    } catch (error) {
      close();
      throw error;
    }
    function close(): void {
      response.destroy();
    }
  };

  return {
    open,
    patience: (signal) => createPatience(signal, limits.pauses),
    async read(url, { maxBytes, signal }) {
      const file = await open(url, signal ? { signal } : {});
      try {
        if ((file.size ?? 0) > maxBytes) throw tooLarge(maxBytes);
        return await buffer(limitBytes(file.body, maxBytes));
      } finally {
        file.close();
      }
    },
  };
}

/** What an answer is; from a position on, only the rest of that version will do. */
function describe(response: IncomingMessage, url: URL, from: RemotePosition | undefined) {
  const { statusCode: status = 0 } = response;
  if (from && [200, 206, 416].includes(status)) {
    const size = status === 206 ? restBegins(response, url, from) : undefined;
    if (size === undefined) throw new FileChangedError();
    refuseUnwanted(response);
    return { start: from.bytes, size, version: { ...from.version, size } };
  }
  if (status !== 200)
    throw new RemoteFileError(
      `the server answered with status ${status}`,
      status >= 500 || [408, 429].includes(status),
    );
  refuseUnwanted(response);
  return { start: 0, size: sizeOf(response), version: versionOf(response, url) };
}

/** Nothing is unpacked: what was packed small may be of any size. */
function refuseUnwanted({ headers }: IncomingMessage): void {
  const codings = [headers['content-encoding'], headers['transfer-encoding']?.replace(/,?\s*chunked\s*$/i, '')];
  const coding = codings.find((name) => name && name.toLowerCase() !== 'identity');
  if (coding) throw new RemoteFileError('the server sends the file compressed, which it was not asked for', false);
  if (/^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? ''))
    throw new RemoteFileError('the server answered with a web page (text/html) instead of a file', false);
}

/** Reads ahead: what has come when the line is cut is worth keeping, and a response would throw it away. */
function readAhead(response: IncomingMessage): Readable {
  const body = new PassThrough({ highWaterMark: READ_AHEAD });
  response.on('error', () => {}).once('close', () => body.end());
  return response.pipe(body);
}

async function* readBody(
  response: IncomingMessage,
  body: Readable,
  { minRate, pace }: RemoteLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let fresh = 0;
  let fault = new RemoteFileError('the connection was cut before the whole file had come', true);
  const timer = setInterval(() => {
    const seconds = pace / 1000;
    const isSlow = fresh < minRate * seconds;
    const what = fresh === 0 ? `nothing came for ${seconds} s` : `fewer than ${minRate} bytes a second came`;
    fresh = 0;
    if (!isSlow) return;
    fault = new RemoteFileError(what, true);
    response.destroy();
  }, pace);
  try {
    for await (const chunk of body) {
      fresh += chunk.byteLength;
      yield chunk;
    }
    signal?.throwIfAborted();
    if (!response.complete) throw fault;
  } finally {
    clearInterval(timer);
    response.destroy();
  }
}

async function* limitBytes(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge(most);
    yield chunk;
  }
}

function tooLarge(most: number): RemoteFileError {
  return new RemoteFileError(`the file is larger than ${most} bytes`, false);
}
