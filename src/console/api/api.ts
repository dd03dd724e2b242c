import { type Client, type CombinedError, createClient, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import { createCache } from './cache.ts';
import { type Connection, openConnection } from './connection.ts';

/** The server, for somebody with this key, or without one. */
export interface Api {
  client: Client;
  connection: Connection;
  endpoint: URL;
  headers: Record<string, string>;
}

/** @param options.onUnauthenticated is called when the server wants a key, or another one */
export function openApi(options: { apiKey: string | undefined; onUnauthenticated: () => void }): Api {
  const endpoint = new URL('graphql', document.baseURI);
  const connection = openConnection(endpoint, options);
  // The first one keeps other sites from sending files here; it is needed with those.
  const headers = { 'graphql-require-preflight': '1', ...(options.apiKey && { 'x-api-key': options.apiKey }) };
  const client = createClient({
    url: endpoint.href,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      mapExchange({ onError: (error) => isUnauthenticated(error) && options.onUnauthenticated() }),
      createCache(),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: connection.forward }),
    ],
  });
  return { client, connection, endpoint, headers };
}

function isUnauthenticated({ graphQLErrors }: CombinedError): boolean {
  return graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED');
}

/** What went wrong, for a person. */
export function describeError({ networkError, graphQLErrors }: CombinedError): string {
  const [first] = graphQLErrors;
  if (first) return first.message;
  return networkError ? 'The server cannot be reached. Is it running?' : 'The server gave no answer.';
}
