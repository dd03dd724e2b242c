import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint } from './graphql.ts';

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
        const { req } = { req: context.extra.request };
        const { schema, execute, subscribe, contextFactory, parse, validate } = endpoint.getEnveloped({
          ...context,
          req,
          request: new Request(new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`)),
          params,
        } as never);
        const document = parse(params.query);
        const faults = validate(schema, document);
        if (faults.length > 0) return faults;
        return {
          schema,
          document,
          operationName: params.operationName,
          variableValues: params.variables,
          contextValue: await contextFactory(),
          rootValue: { execute, subscribe },
        } as never;
      },
    },
    sockets,
  );
  return async () => served.dispose();
}
