import { createClient, type ExecutionResult } from 'graphql-ws';
import type { RequestOptions } from './client.ts';
import { ServerUnreachableError } from './errors.ts';
import { failedBy } from './post.ts';

/** Subscriptions over one WebSocket, which is open while any of them runs. */
export interface Subscriptions {
  run<Data>(document: string, variables: Record<string, unknown>, options: RequestOptions): AsyncGenerator<Data, void>;
  close(): Promise<void>;
}

/**
 * Prepares subscriptions by graphql-transport-ws on the path of `endpoint`. After a lost connection they are subscribed
 * to again, which is safe with this server: it begins with the current state.
 */
export function openSubscriptions(endpoint: string): Subscriptions {
  const client = createClient({ url: endpoint.replace(/^http/, 'ws') });
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

function dataOf<Data>({ data, errors }: ExecutionResult<Data, unknown>): Data {
  if (errors?.length) throw failedBy(errors);
  if (data == null) throw failedBy([{ message: 'an event without data' }]);
  return data;
}

// graphql-ws rejects with GraphQL errors, or with whatever event ended the socket.
function asClientError(endpoint: string, error: unknown): unknown {
  if (Array.isArray(error)) return failedBy(error);
  if (error instanceof Error && !('code' in error) && !isSocketEvent(error)) return error;
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  const why = [code, reason].filter(Boolean).join(' ');
  return new ServerUnreachableError(`The connection to ${endpoint} was lost${why && `: ${why}`}`, { cause: error });
}
