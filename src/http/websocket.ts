import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { ExpectedError } from '../errors.ts';
import { toGraphQLError } from '../graphql/expected-errors-plugin.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint } from './graphql.ts';
import { maskError } from './mask-error.ts';
import type { RateLimit } from './rate-limit.ts';

/** Bytes of one message: a document and its variables, no files. */
const LARGEST_MESSAGE = 1_000_000;

/** What the operation's own functions travel in from `onSubscribe` to `execute` and `subscribe`. */
interface Enveloped {
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: ExecutionArgs) => unknown;
}

/**
 * Serves graphql-transport-ws on the endpoint's own path, with the endpoint's plugins.
 * @returns closes all sockets with code 1001, going away
 */
export function serveWebSockets(
  app: App,
  server: Server,
  endpoint: ReturnType<typeof createGraphQLEndpoint>,
  rateLimit: RateLimit | undefined,
): () => Promise<void> {
  const sockets = new WebSocketServer({
    server,
    path: endpoint.graphqlEndpoint,
    maxPayload: LARGEST_MESSAGE,
    verifyClient: ({ origin }: { origin?: string }) => !origin || isWelcome(app.env.CORS_ORIGINS, origin),
  });
  const served = useServer(
    {
      execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
      subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
      async onSubscribe(context, _id, params) {
        const req = context.extra.request;
        try {
          const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`);
          // Mutations may come this way, which a GET would rule out: other sites were turned away with the socket.
          const request = new Request(url, { method: 'POST' });
          const enveloped = endpoint.getEnveloped({ ...context, req, request, params } as never);
          const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
          // First of all: what is over the limit is not to cost anything.
          const contextValue = await contextFactory();
          await rateLimit?.take(contextValue.tenant);
          const document = parse(params.query);
          const faults = validate(schema, document);
          if (faults.length > 0) return faults;
          return {
            schema,
            document,
            operationName: params.operationName,
            variableValues: params.variables,
            contextValue,
            rootValue: { execute, subscribe },
          } as never;
        } catch (error) {
          // A throw would close the socket, and end the other operations on it.
          return [
            error instanceof ExpectedError ? toGraphQLError(error) : maskError(app.log, error, 'Unexpected error.'),
          ];
        }
      },
    },
    sockets,
  );
  return async () => served.dispose();
}
