import { setTimeout as delay } from 'node:timers/promises';
import { CloseCode, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { failedBy } from './post.ts';

/** Milliseconds that a connection may take to be made, and the server to answer a ping. */
const PATIENCE = 10_000;
/** Milliseconds between pings: a connection may be lost without a word. */
const PING_EVERY = 10_000;
/** After a lost connection it waits 1, 2, 4 and 8 s, and a little more: a restart of the server fits in. */
const RETRIES = 4;
/** Milliseconds by which the waits of many clients differ, so that they do not all come at once. */
const SPREAD = 3000;
const CLOSE_NORMAL = 1000;
/** Unlike Node's own sockets, ours can give up a connection that is never made, or whose other end does not take leave. */
const LIMITS = { handshakeTimeout: PATIENCE, closeTimeout: 1000 };

/** Runs a subscription: yields each event's data, throws what `Client.subscribe` does. */
export type Subscribe = <Data>(document: string, variables: unknown, signal: AbortSignal) => AsyncGenerator<Data, void>;

/**
 * Prepares subscriptions by graphql-transport-ws on the path of `endpoint`, over one WebSocket, which is open while any
 * of them runs. After a lost connection they are subscribed to again, which is safe with this server: it begins with the
 * current state. Where there never was one, they fail.
 * @param closed ends the connection, or the attempt to make one; the signals of all that run must follow it
 */
export function openSubscriptions(endpoint: string, closed: AbortSignal, apiKey?: string): Subscribe {
  let hasBeenConnected = false;
  let pong: NodeJS.Timeout | undefined;
  let socket: WebSocket | undefined;
  // graphql-ws hands out a socket only once it is open, and its own `dispose` waits until then.
  class KnownWebSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, LIMITS);
      socket = this;
    }
  }
  closed.addEventListener('abort', () => socket?.close(CLOSE_NORMAL));
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: KnownWebSocket,
    connectionAckWaitTimeout: PATIENCE,
    keepAlive: PING_EVERY,
    retryAttempts: RETRIES,
    shouldRetry: () => hasBeenConnected,
    retryWait: (retries) =>
      delay(1000 * 2 ** retries + SPREAD * Math.random(), undefined, { signal: closed }).catch(() => {}),
    ...(apiKey && { connectionParams: { apiKey } }),
    on: {
      connected() {
        hasBeenConnected = true;
      },
      ping(isFromServer) {
        if (!isFromServer) pong = setTimeout(() => client.terminate(), PATIENCE);
      },
      pong: () => clearTimeout(pong),
      closed: () => clearTimeout(pong),
    },
  });
  return async function* subscribe<Data>(document: string, variables: unknown, signal: AbortSignal) {
    signal.throwIfAborted();
    const results = client.iterate<Data>({ query: document, variables: variables as Record<string, unknown> });
    const stop = () => {
      void results.return?.();
      // While there is no connection, only this wakes whoever waits for a result.
      void results.throw?.(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const result of results) yield dataOf(result);
      signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      throw asClientError(endpoint, error);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

function dataOf<Data>({ data, errors }: FormattedExecutionResult<Data, unknown>): Data {
  if (errors?.length) throw failedBy(errors);
  if (data == null) throw new RequestFailedError('The server sent an event without data');
  return data;
}

// graphql-ws rejects with the operation's GraphQL errors, or with the event that ended the socket: `error` or `close`.
function asClientError(endpoint: string, error: unknown): unknown {
  if (Array.isArray(error)) return failedBy(error);
  if (error instanceof Error || typeof error !== 'object' || error === null || !('type' in error)) return error;
  const { code, reason, message = reason } = error as { code?: number; reason?: string; message?: string };
  if (code === CloseCode.Unauthorized) return new RequestFailedError(reason || 'Unauthorized', ['UNAUTHENTICATED']);
  return new ServerUnreachableError(`No connection to ${endpoint}${message ? `: ${message}` : ''}`, { cause: error });
}
