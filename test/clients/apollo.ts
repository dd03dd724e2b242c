import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { possibleTypes } from './possible-types.ts';

/** @param url such as http://127.0.0.1:4000/graphql */
export function connectApollo(url: string, apiKey: string, fetch = globalThis.fetch) {
  const socket = createClient({
    url: url.replace('http', 'ws'),
    connectionParams: { apiKey },
    retryAttempts: Infinity,
    shouldRetry: () => true,
  });
  const events = new GraphQLWsLink(socket);
  const headers = { 'x-api-key': apiKey, 'apollo-require-preflight': 'true' };
  const requests = new UploadHttpLink({ uri: url, headers, fetch });
  const isSubscription = ({ operationType }: ApolloLink.Operation) => operationType === OperationTypeNode.SUBSCRIPTION;
  const client = new ApolloClient({
    link: ApolloLink.split(isSubscription, events, requests),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        EmbeddingModel: { keyFields: ['name'] },
        Query: {
          fields: {
            indexes: relayStylePagination(['filter', 'orderBy']),
            tasks: relayStylePagination(['filter', 'orderBy']),
            embeddingTasks: relayStylePagination(['filter', 'orderBy']),
            search: relayStylePagination(['input']),
          },
        },
        Index: { fields: { tasks: relayStylePagination(['filter']), videos: relayStylePagination(['filter']) } },
        Video: { fields: { segments: relayStylePagination(['modalities']) } },
        EmbeddingTask: { fields: { segments: relayStylePagination(['modalities', 'scope']) } },
      },
    }),
  });
  return { client, socket };
}
