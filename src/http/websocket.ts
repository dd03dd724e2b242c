import type { Server } from 'node:http';
import type { Context } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint, Guards } from './graphql.ts';
import { type Enveloped, observeSockets } from './observe-sockets.ts';
import { guardSocket } from './socket-guard.ts';
import { identifySockets } from './socket-identities.ts';
import { prepareOperation } from './socket-operations.ts';

/** Milliseconds that a client has for its part of closing; one that does not read will not even notice. */
const CLOSE_TIMEOUT = 2_000;

/**
 * Serves graphql-transport-ws on the endpoint's own path, with the endpoint's plugins.
 * @returns closes all sockets with code 1001, going away
 */
export function serveWebSockets(
  app: App,
  server: Server,
  endpoint: ReturnType<typeof createGraphQLEndpoint>,
  guards: Guards,
): () => Promise<void> {
  const { CORS_ORIGINS, MAX_BODY_SIZE, MAX_CONNECTIONS, CLIENT_TIMEOUT } = app.env;
  const sockets = new WebSocketServer({
    server,
    path: endpoint.graphqlEndpoint,
    maxPayload: MAX_BODY_SIZE,
    // The types are behind ws 8.19.
    ...({ closeTimeout: CLOSE_TIMEOUT } as object),
    verifyClient({ origin }: { origin?: string }, answer) {
      if (origin && !isWelcome(CORS_ORIGINS, origin)) answer(false, 401);
      // The other half of the connections is left to requests.
      else if (sockets.clients.size >= MAX_CONNECTIONS / 2) answer(false, 503);
      else answer(true);
    },
  });
  const contexts = new WeakMap<WebSocket, Context<Record<string, unknown>>>();
  sockets.on('connection', (socket, request) => {
    const contextOf = () => contexts.get(socket);
    guardSocket(socket, request.socket, { timeout: CLIENT_TIMEOUT * 1000, contextOf });
  });
  const identities = identifySockets(app, guards.keyring);
  const observer = observeSockets(app, sockets);
  const served = useServer<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>(
    {
      execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
      subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
      onConnect(context) {
        contexts.set(context.extra.socket, context);
        return identities.connect(context);
      },
      onSubscribe: observer.onSubscribe(({ extra: { request, socket }, subscriptions }, _id, payload) => {
        const running = Object.keys(subscriptions).length;
        return prepareOperation(app, endpoint, guards, { payload, request, identity: identities.of(socket), running });
      }),
      onComplete: observer.onComplete,
    },
    sockets,
    // The guard does it, which also tells the client why.
    0,
  );
  return async () => served.dispose();
}
