import { createClient } from 'graphql-ws';

/** @param url such as http://127.0.0.1:4000/graphql */
export function connectSocket(url: string, apiKey = '') {
  return createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { apiKey },
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
}
