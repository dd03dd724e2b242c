import type { Server } from 'node:http';
import { promisify } from 'node:util';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint, Guards } from './graphql.ts';
import { type Enveloped, observeSockets } from './observe-sockets.ts';
import { guardSocket } from './socket-guard.ts';
import { identifySockets } from './socket-identities.ts';
import { prepareOperation } from './socket-operations.ts';
import { speakProtocol } from './socket-protocol.ts';

/** Milliseconds that clients have for their part of closing when the server stops. */
const GRACE = 2_000;
/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;

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
  const timeout = CLIENT_TIMEOUT * 1000;
  const sockets = new WebSocketServer({
    server,
    path: endpoint.graphqlEndpoint,
    maxPayload: MAX_BODY_SIZE,
    handleProtocols,
    // The types are behind ws 8.19.
    ...({ closeTimeout: timeout } as object),
    verifyClient({ origin }: { origin?: string }, answer) {
      if (origin && !isWelcome(CORS_ORIGINS, origin)) answer(false, 401);
      // The other half of the connections is left to requests.
      else if (sockets.clients.size >= MAX_CONNECTIONS / 2) answer(false, 503);
      else answer(true);
    },
  });
  const identities = identifySockets(app, guards.keyring);
  const observer = observeSockets(app, sockets);
  sockets.on('connection', (socket, request) => {
    guardSocket(socket, request.socket, { timeout, operations: observer.operationsOf(request) });
  });
  speakProtocol(app, sockets, {
    execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
    subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
    onConnect: identities.connect,
    onSubscribe: observer.onSubscribe(({ extra: { request, socket } }, payload) => {
      const running = observer.operationsOf(request).size;
      return prepareOperation(app, endpoint, guards, { payload, request, identity: identities.of(socket), running });
    }),
  });
  return async () => {
    const deadline = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
    }, GRACE);
    for (const socket of sockets.clients) socket.close(GOING_AWAY, 'Going away');
    await promisify(sockets.close.bind(sockets))();
    clearTimeout(deadline);
  };
}
