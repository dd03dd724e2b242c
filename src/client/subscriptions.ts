import { CloseCode, createClient, type FormattedExecutionResult } from 'graphql-ws';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { failedBy } from './post.ts';
import type { RequestOptions } from './request-options.ts';

/** Subscriptions over one WebSocket, which is open while any of them runs. */
export interface Subscriptions {
  run<Data>(document: string, variables: Record<string, unknown>, options: RequestOptions): AsyncGenerator<Data, void>;
  close(): Promise<void>;
}

/**
 * Prepares subscriptions by graphql-transport-ws on the path of `endpoint`. After a lost connection they are subscribed
 * to again, which is safe with this server: it begins with the current state.
 */
export function openSubscriptions(endpoint: string, apiKey?: string): Subscriptions {
  const url = endpoint.replace(/^http/, 'ws');
  // Waits 1, 2, 4 and 8 s: a restart of the server fits in.
  const client = createClient({
    url,
    retryAttempts: 4,
    shouldRetry: () => true,
    ...(apiKey && { connectionParams: { apiKey } }),
  });
  return {
    async *run<Data>(document: string, variables: Record<string, unknown>, { signal }: RequestOptions) {
      signal?.throwIfAborted();
      const results = client.iterate<Data>({ query: document, variables });
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

// graphql-ws rejects with the operation's GraphQL errors, or with the event that ended the socket.
function asClientError(endpoint: string, error: unknown): unknown {
  if (Array.isArray(error)) return failedBy(error);
  if (!(error instanceof Event)) return error;
  if ('code' in error && error.code === CloseCode.Unauthorized)
    return new RequestFailedError('reason' in error ? String(error.reason) : 'Unauthorized', ['UNAUTHENTICATED']);
  const reason = 'reason' in error && error.reason ? `: ${error.reason}` : '';
  return new ServerUnreachableError(`The connection to ${endpoint} was lost${reason}`, { cause: error });
}
