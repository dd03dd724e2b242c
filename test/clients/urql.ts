import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import type { IntrospectionQuery } from 'graphql';
import { createClient, type Sink } from 'graphql-ws';

const withoutId = [
  ...['ConflictError', 'InvalidInputError', 'LimitExceededError', 'NotFoundError', 'InputIssue', 'Embedding'],
  ...['ModelModality', 'SearchHit', 'Segment', 'Segmentation', 'TaskFailure', 'TaskTransition', 'TaskVideoId'],
  ...['TranscriptLine', 'ValidationPolicy', 'VideoMetadata'],
];

/**
 * @param url such as http://127.0.0.1:4000/graphql
 * @param schema what the server answers to `getIntrospectionQuery()` of graphql
 */
export function connectUrql(url: string, schema: IntrospectionQuery, apiKey = '') {
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { apiKey },
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
  const client = new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { 'graphql-require-preflight': 'true', ...(apiKey && { 'x-api-key': apiKey }) } },
    exchanges: [
      cacheExchange({
        schema,
        keys: {
          EmbeddingModel: ({ name }) => String(name),
          ...Object.fromEntries(withoutId.map((type) => [type, () => null])),
        },
        resolvers: {
          Query: { indexes: relayPagination(), tasks: relayPagination(), embeddingTasks: relayPagination() },
          Index: { tasks: relayPagination(), videos: relayPagination() },
          Video: { segments: relayPagination() },
          EmbeddingTask: { segments: relayPagination() },
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink as Sink) }),
        }),
      }),
    ],
  });
  return { client, socket };
}
