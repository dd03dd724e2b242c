import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { type AddressRules, NOT_PUBLIC } from './address-rules.ts';
import { RemoteFileError } from './remote-file-error.ts';

const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Bytes of all headers of an answer. */
const LARGEST_HEADERS = 16_384;
/** Milliseconds for each address of a host before the next one is tried beside it. */
const NEXT_ADDRESS_AFTER = 2_500;
/** Faults of the network, which may pass. Of any other, such as a bad certificate, another try will not do better. */
const PASSING = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN)/;

/** Finds all addresses of a host's name; as `dns.lookup`, which also knows the names of the machine's own files. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** Milliseconds of each request to a host: until it has been found and connected to, and until its headers have come. */
export interface RequestLimits {
  connect: number;
  answer: number;
}

export interface RequestOptions {
  rules: AddressRules;
  limits: RequestLimits;
  resolve?: Resolve | undefined;
  signal?: AbortSignal | undefined;
  /** Headers beside the usual ones, for a place that the request has come to. */
  headersFor?: (url: URL) => Record<string, string>;
}

const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

/**
 * Requests a URL by http or https, and follows redirects. Each hop is checked anew: scheme, credentials, port, and every
 * address that its host is found at; then only those are connected to. Always directly: a proxy would look for the
 * host by itself.
 * @returns the answer, and the URL that it came from; its body must be read or destroyed
 * @throws RemoteFileError, or the signal's reason
 */
export async function requestRemote(
  url: string,
  options: RequestOptions,
): Promise<{ response: IncomingMessage; url: URL }> {
  for (let hop = parseUrl(url, undefined), redirects = 0; ; redirects++) {
    const response = await send(hop, options);
    const { location } = response.headers;
    if (location === undefined || !REDIRECTS.includes(response.statusCode ?? 0)) return { response, url: hop };
    response.destroy();
    if (redirects === MOST_REDIRECTS)
      throw new RemoteFileError(`the server redirects more than ${MOST_REDIRECTS} times`, false);
    hop = parseUrl(location, hop);
  }
}

function parseUrl(text: string, base: URL | undefined): URL {
  const url = URL.parse(text, base);
  if (!url) throw new RemoteFileError(base ? 'the server redirects to what is no URL' : 'this is no URL', false);
  const { protocol, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new RemoteFileError(`a URL with "${protocol}" was given; allowed are http: and https:`, false);
  if (username || password) throw new RemoteFileError('the URL holds a user name or password', false);
  if (base?.protocol === 'https:' && protocol === 'http:')
    throw new RemoteFileError('the server redirects from https: to http:', false);
  return url;
}

async function send(
  url: URL,
  { rules, limits, resolve, signal, headersFor }: RequestOptions,
): Promise<IncomingMessage> {
  const { promise, resolve: answer, reject } = Promise.withResolvers<IncomingMessage>();
  const stopping = new AbortController();
  const stop = (reason: unknown) => {
    stopping.abort(reason);
    reject(reason);
  };
  const late = (what: string, limit: number) =>
    setTimeout(() => stop(new RemoteFileError(`${what} within ${limit / 1000} s`, true)), limit);
  const timers = [late('the server could not be reached', limits.connect), late('no answer came', limits.answer)];
  const onAbort = () => stop(signal?.reason);
  const forget = () => signal?.removeEventListener('abort', onAbort);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    const addresses = await Promise.race([findAddresses(url, resolve ?? resolveBySystem), promise as Promise<never>]);
    rules.check(
      url.hostname,
      portOf(url),
      addresses.map(({ address }) => address),
    );
    const sent = begin(url, addresses, headersFor?.(url) ?? {});
    stopping.signal.addEventListener('abort', () => sent.destroy());
    sent.once('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timers[0]));
    });
    sent.once('response', answer);
    sent.on('error', (cause: NodeJS.ErrnoException) => reject(explain(cause)));
    const response = await promise;
    return response.once('close', forget);
  } catch (error) {
    forget();
    stopping.abort();
    throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

function begin(url: URL, addresses: LookupAddress[], headers: Record<string, string>): http.ClientRequest {
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const [first] = addresses;
  return request(url, {
    // One of its own, which keeps no connection, and takes no proxy out of the environment.
    agent: new Agent({ keepAlive: false, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER }),
    // The host is not looked for again: it could be found elsewhere then.
    lookup: (_, { all }, found) => (all ? found(null, addresses) : found(null, first?.address ?? '', first?.family)),
    maxHeaderSize: LARGEST_HEADERS,
    // A compressed answer could not be resumed in the middle, and its size would say nothing.
    headers: { 'user-agent': 'reelgraph', accept: '*/*', 'accept-encoding': 'identity', ...headers },
  }).end();
}

async function findAddresses({ hostname }: URL, resolve: Resolve): Promise<LookupAddress[]> {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(literal);
  if (family) return [{ address: literal, family }];
  return resolve(hostname).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EAI_AGAIN') throw new RemoteFileError("the URL's host could not be looked up", true, { cause });
    throw new RemoteFileError(NOT_PUBLIC, false, { cause });
  });
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/** Without the message of the cause, which may name an address. */
function explain(cause: NodeJS.ErrnoException): RemoteFileError {
  return new RemoteFileError(`the request failed (${cause.code ?? cause.name})`, PASSING.test(cause.code ?? ''), {
    cause,
  });
}
