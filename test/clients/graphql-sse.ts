import { createClient } from 'graphql-sse';

/** @param url such as http://127.0.0.1:4000/graphql */
export function connectEvents(url: string, apiKey = '') {
  return createClient({ url, headers: { 'x-api-key': apiKey } });
}
