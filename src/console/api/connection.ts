import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';
import type { SubscriptionForwarder } from 'urql';

/** Whether what is on the page is as it is on the server. */
export type ConnectionState = 'connecting' | 'live' | 'lost';

/** The WebSocket that all subscriptions share; it comes back by itself. */
export interface Connection {
  forward: SubscriptionForwarder;
  state(): ConnectionState;
  /** Calls back whenever the state changes. */
  watch(changed: () => void): () => void;
  /** Calls back when the connection is there again, so that what was missed can be read. */
  onReturn(returned: () => void): () => void;
  close(): void;
}

/** RFC 6455 leaves 4000 and up to applications: this is the server's for a key that is not valid. */
const UNAUTHORIZED = 4401;
const LONGEST_WAIT = 3_000;
/** Milliseconds between pings, and how long an answer may take: a connection may be lost without a word. */
const PING_EVERY = 10_000;
const PATIENCE = 10_000;
/** Milliseconds that it stays open for nothing: between one index and the next nobody listens. */
const LINGER = 1_000;

/** @param options.onUnauthenticated is called when the server wants a key, or another one */
export function openConnection(
  endpoint: URL,
  options: { apiKey: string | undefined; onUnauthenticated: () => void },
): Connection {
  let state: ConnectionState = 'connecting';
  const watchers = new Set<() => void>();
  const become = (next: ConnectionState) => {
    if (next === state) return;
    state = next;
    for (const changed of watchers) changed();
  };
  const client = createSocketClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    connectionParams: options.apiKey ? { apiKey: options.apiKey } : {},
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (tries) => new Promise((done) => setTimeout(done, Math.min(250 * 2 ** tries, LONGEST_WAIT))),
    connectionAckWaitTimeout: PATIENCE,
    keepAlive: PING_EVERY,
    lazyCloseTimeout: LINGER,
  });
  let overdue: ReturnType<typeof setTimeout> | undefined;
  client.on('ping', (isFromServer) => {
    if (!isFromServer) overdue = setTimeout(() => client.terminate(), PATIENCE);
  });
  client.on('pong', () => clearTimeout(overdue));
  client.on('connected', () => become('live'));
  client.on('closed', (event) => {
    clearTimeout(overdue);
    become('lost');
    if ((event as { code?: number }).code === UNAUTHORIZED) options.onUnauthenticated();
  });
  return {
    forward: ({ query = '', variables = {} }) => ({
      subscribe: (sink) => ({ unsubscribe: subscribe(client, { query, variables }, sink) }),
    }),
    state: () => state,
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    onReturn: (returned) => client.on('connected', (_, __, wasRetry) => wasRetry && returned()),
    close: () => void client.dispose(),
  };
}

type Payload = Parameters<SocketClient['subscribe']>[0];
type Sink = Parameters<ReturnType<SubscriptionForwarder>['subscribe']>[0];

function subscribe(client: SocketClient, { query, variables }: Payload, sink: Sink): () => void {
  return client.subscribe(
    { query, ...(variables && { variables }) },
    { next: (result) => sink.next(result as never), error: (error) => sink.error(error), complete: sink.complete },
  );
}
