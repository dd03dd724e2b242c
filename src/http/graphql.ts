import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { App } from '../app.ts';
import { type Context, createContext } from '../graphql/context.ts';
import { schema } from '../graphql/schema.ts';
import { useBodyLimit } from './body-limit.ts';
import { type NodeContext, originOf } from './caller.ts';
import { useComplexityLimit } from './complexity-limit.ts';
import { useConsole } from './console.ts';
import { corsOf } from './cors.ts';
import { useCsrfPrevention } from './csrf.ts';
import { useDocumentLimits } from './document-limits.ts';
import { GRAPHIQL } from './graphiql.ts';
import { renderGraphiQLPage } from './graphiql-page.ts';
import { useHealth } from './health.ts';
import { useIntrospection } from './introspection.ts';
import type { Keyring } from './keyring.ts';
import { useKeys } from './keys.ts';
import { maskError } from './mask-error.ts';
import { useMetrics } from './metrics.ts';
import { useNoFrames } from './no-frames.ts';
import { useOperationRecord } from './operation-record.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import { type RateLimit, useRateLimit } from './rate-limit.ts';
import { useRoles } from './roles.ts';
import { useSteadyEvents } from './steady-events.ts';
import { useThumbnails } from './thumbnails.ts';
import { leastFileSize, useUploads } from './uploads.ts';
import { useVideos } from './videos.ts';

/** What the endpoint is guarded by. */
export interface Guards {
  keyring: Keyring;
  /** Where requests are counted, if they are. */
  rateLimit: RateLimit | undefined;
  /** Documents that are known by their hash, if there are any. */
  documents: PersistedDocuments | undefined;
}

/**
 * The GraphQL endpoint and everything else that is answered over HTTP, as a list of plugins in their order.
 * @param served what is served in place of the API, where servers are compared
 */
export function createGraphQLEndpoint(
  app: App,
  { keyring, rateLimit, documents }: Guards,
  served: GraphQLSchema = schema,
) {
  const { env } = app;
  // Whoever may not read the schema must not guess it either.
  const suggestions = env.INTROSPECTION;
  return createYoga<NodeContext, Context>({
    schema: served,
    context({ request, identity, params }) {
      if (!identity) throw new Error('a request came by the keys');
      const leastUpload = leastFileSize(request, params, env.MAX_BODY_SIZE);
      return createContext(app, { ...identity, origin: originOf(app, request.url), leastUpload });
    },
    plugins: [
      useNoFrames(),
      useHealth(app),
      useConsole(env),
      useMetrics(app, keyring),
      useOperationRecord(app),
      useThumbnails(app, keyring),
      useVideos(app, keyring),
      useCsrfPrevention(),
      useKeys(keyring),
      useRateLimit(rateLimit),
      useUploads(env.MAX_BODY_SIZE),
      useBodyLimit(env.MAX_BODY_SIZE),
      documents?.plugin ?? {},
      useIntrospection(env.INTROSPECTION),
      useDocumentLimits({ tokens: env.MAX_TOKENS, depth: env.MAX_DEPTH, aliases: env.MAX_ALIASES, suggestions }),
      useComplexityLimit(env.MAX_COMPLEXITY, { suggestions, dependsOn: () => app.models.longestVector() }),
      useRoles(),
      useSteadyEvents(app),
    ],
    // `useDocumentLimits` keeps the results of validation.
    parserAndValidationCache: { validationCache: false },
    // Its own limit would hold for uploads too.
    maxRequestBodySize: false,
    maskedErrors: { maskError: (error, message) => maskError(app, error, message), isDev: false },
    cors: corsOf(env.CORS_ORIGINS),
    graphiql: env.GRAPHIQL && GRAPHIQL,
    renderGraphiQL: renderGraphiQLPage,
    landingPage: false,
    // Yoga's own answer has no body, and comes before the plugins'.
    healthCheckEndpoint: '/-/alive',
    batching: env.MAX_BATCH > 1 && { limit: env.MAX_BATCH },
    logging: false,
  });
}
