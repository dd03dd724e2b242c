import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga } from 'graphql-yoga';
import type { App } from '../app.ts';
import { createContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { useBodyLimit } from './body-limit.ts';
import { DEFAULT_TENANT, type NodeContext, originOf } from './caller.ts';
import { corsOf } from './cors.ts';
import { useCsrfPrevention } from './csrf.ts';
import { useHealth } from './health.ts';
import { maskError } from './mask-error.ts';
import { useSteadyEvents } from './steady-events.ts';
import { useThumbnails } from './thumbnails.ts';
import { useUploads } from './uploads.ts';

const WELCOME = `# Reelgraph: index videos, watch them become READY, search them.
query Indexes {
  indexes(first: 10) {
    totalCount
    edges { node { id name videoCount tasks(first: 5) { edges { node { id status progress } } } } }
  }
}
`;

/** The GraphQL endpoint and everything else that is answered over HTTP, as a list of plugins in their order. */
export function createGraphQLEndpoint(app: App) {
  return createYoga<NodeContext>({
    schema,
    context: ({ request }) => createContext(app, { tenant: DEFAULT_TENANT, origin: originOf(app, request.url) }),
    plugins: [
      useHealth(app),
      useThumbnails(app),
      useCsrfPrevention(),
      useUploads(),
      useBodyLimit(),
      useSteadyEvents(app),
    ],
    // Its own limit would hold for uploads too.
    maxRequestBodySize: false,
    maskedErrors: { maskError: (error, message) => maskError(app.log, error, message), isDev: false },
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
