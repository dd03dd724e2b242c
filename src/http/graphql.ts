import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga } from 'graphql-yoga';
import type { App } from '../app.ts';
import { type Context, createContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { useBodyLimit } from './body-limit.ts';
import { type NodeContext, originOf } from './caller.ts';
import { corsOf } from './cors.ts';
import { useCsrfPrevention } from './csrf.ts';
import { useHealth } from './health.ts';
import type { Keyring } from './keyring.ts';
import { useKeys } from './keys.ts';
import { maskError } from './mask-error.ts';
import { useMetrics } from './metrics.ts';
import { useOperationRecord } from './operation-record.ts';
import { type RateLimit, useRateLimit } from './rate-limit.ts';
import { useRoles } from './roles.ts';
import { useThumbnails } from './thumbnails.ts';
import { leastFileSize, useUploads } from './uploads.ts';

const WELCOME = `# Reelgraph: index videos, watch them become READY, search them.
query Indexes {
  indexes(first: 10) {
    totalCount
    edges { node { id name videoCount tasks(first: 5) { edges { node { id status progress } } } } }
  }
}
`;

/** What the endpoint is guarded by. */
export interface Guards {
  keyring: Keyring;
  /** Where requests are counted, if they are. */
  rateLimit: RateLimit | undefined;
}

/** The GraphQL endpoint and everything else that is answered over HTTP, as a list of plugins in their order. */
export function createGraphQLEndpoint(app: App, { keyring, rateLimit }: Guards) {
  return createYoga<NodeContext, Context>({
    schema,
    context({ request, identity, params }) {
      if (!identity) throw new Error('a request came by the keys');
      const leastUpload = leastFileSize(request, params);
      return createContext(app, { ...identity, origin: originOf(app, request.url), leastUpload });
    },
    plugins: [
      useHealth(app),
      useMetrics(app),
      useOperationRecord(app),
      useThumbnails(app, keyring),
      useCsrfPrevention(),
      useKeys(keyring),
      useRateLimit(rateLimit),
      useUploads(),
      useBodyLimit(),
      useRoles(),
    ],
    // Its own limit would hold for uploads too.
    maxRequestBodySize: false,
    maskedErrors: { maskError: (error, message) => maskError(app, error, message), isDev: false },
    cors: corsOf(app.env.CORS_ORIGINS),
    graphiql: { title: 'Reelgraph', defaultQuery: WELCOME, subscriptionsProtocol: 'WS' },
    renderGraphiQL,
    landingPage: false,
    // Yoga's own answer has no body, and comes before the plugins'.
    healthCheckEndpoint: '/-/alive',
    batching: false,
    logging: false,
  });
}
