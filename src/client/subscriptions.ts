import { CloseCode, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { failedBy } from './post.ts';

/** Milliseconds that a connection may take to be made, and the server to answer a ping. */
const PATIENCE = 10_000;
/** Milliseconds between pings: a connection may be lost without a word. */
const PING_EVERY = 10_000;
/** After a lost connection it waits 1, 2, 4 and 8 s: a restart of the server fits in. */
const RETRIES = 4;

/** Subscriptions over one WebSocket, which is open while any of them runs. */
export interface Subscriptions {
  /** Yields each event's data. Throws what `Client.subscribe` does. */
  run<Data>(document: string, variables: unknown, signal: AbortSignal | undefined): AsyncGenerator<Data, void>;
  close(): Promise<void>;
}

/** Unlike Node's own, it can give up a connection that is never made. */
class PatientWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, { handshakeTimeout: PATIENCE });
  }
}

/**
 * Prepares subscriptions by graphql-transport-ws on the path of `endpoint`. After a lost connection they are subscribed
 * to again, which is safe with this server: it begins with the current state. Where there never was one, they fail.
 */
export function openSubscriptions(endpoint: string, apiKey?: string): Subscriptions {
  let hasBeenConnected = false;
  let pong: NodeJS.Timeout | undefined;
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: PatientWebSocket,
    connectionAckWaitTimeout: PATIENCE,
    keepAlive: PING_EVERY,
    retryAttempts: RETRIES,
    shouldRetry: () => hasBeenConnected,
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
  return {
    async *run<Data>(document: string, variables: unknown, signal: AbortSignal | undefined) {
      signal?.throwIfAborted();
      const results = client.iterate<Data>({ query: document, variables: variables as Record<string, unknown> });
      const stop = () => void results.return?.();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        for await (const result of results) yield dataOf(result);
        signal?.throwIfAborted();
      } catch (error) {
        signal?.throwIfAborted();
        throw asClientError(endpoint, error);
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    },
    async close() {
      await client.dispose();
    },
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
