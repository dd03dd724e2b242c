import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import type { Context } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import type { GraphQLParams } from 'graphql-yoga';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint } from './graphql.ts';
import { limitExceeded } from './limit-exceeded.ts';
import { maskError } from './mask-error.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import { guardSocket } from './socket-guard.ts';

/** Milliseconds that clients have for their part of closing when the server stops. */
const GRACE = 2_000;

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
  documents?: PersistedDocuments,
): () => Promise<void> {
  const timeout = app.env.CLIENT_TIMEOUT * 1000;
  const sockets = new WebSocketServer({
    server,
    path: endpoint.graphqlEndpoint,
    maxPayload: app.env.MAX_BODY_SIZE,
    // The types are behind ws 8.19.
    ...({ closeTimeout: timeout } as object),
    verifyClient({ origin }: { origin?: string }, answer) {
      if (origin && !isWelcome(app.env.CORS_ORIGINS, origin)) answer(false, 401);
      // The other half of the connections is left to requests.
      else if (sockets.clients.size >= app.env.MAX_CONNECTIONS / 2) answer(false, 503);
      else answer(true);
    },
  });
  const contexts = new WeakMap<WebSocket, Context>();
  sockets.on('connection', (socket, request) => {
    const contextOf = () => contexts.get(socket);
    guardSocket(socket, request.socket, { timeout, contextOf });
  });
  const served = useServer(
    {
      execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
      subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
      onConnect(context) {
        contexts.set(context.extra.socket, context);
      },
      async onSubscribe(context, _id, payload) {
        const req = context.extra.request;
        try {
          const running = Object.keys(context.subscriptions).length;
          const most = app.env.MAX_SUBSCRIPTIONS;
          if (running > most) throw limitExceeded('number of operations on this connection', running, most);
          const params = (await documents?.resolve(payload as GraphQLParams)) ?? payload;
          const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`);
          // Mutations may come this way, which a GET would rule out: other sites were turned away with the socket.
          const request = new Request(url, { method: 'POST' });
          const enveloped = endpoint.getEnveloped({ ...context, req, request, params } as never);
          const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
          const document = parse(params.query ?? '');
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
        } catch (error) {
          // A throw would close the socket, and end the other operations on it.
          return [maskError(app.log, error, 'Unexpected error.')];
        }
      },
    },
    sockets,
    // The guard does it, which also tells the client why.
    0,
  );
  return async () => {
    const deadline = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
    }, GRACE);
    await served.dispose();
    clearTimeout(deadline);
  };
}
