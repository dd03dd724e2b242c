import type { Server } from 'node:http';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { UnauthenticatedError } from '../errors.ts';
import { keyOfSocket } from './caller.ts';
import { isWelcome } from './cors.ts';
import type { createGraphQLEndpoint } from './graphql.ts';
import type { Identity, Keyring } from './keyring.ts';
import { maskError } from './mask-error.ts';

/** Bytes of one message: a document and its variables, no files. */
const LARGEST_MESSAGE = 1_000_000;
/** Milliseconds that a client has to answer when its socket is closed. */
const CLOSE_TIMEOUT = 1_000;

/** What the operation's own functions travel in from `onSubscribe` to `execute` and `subscribe`. */
interface Enveloped {
  execute: (args: ExecutionArgs) => unknown;
  subscribe: (args: ExecutionArgs) => unknown;
}

/**
 * Serves graphql-transport-ws on the endpoint's own path, with the endpoint's plugins. A socket without a valid key is
 * closed with code 4401, as is one whose key is revoked.
 * @returns closes all sockets with code 1001, going away
 */
export function serveWebSockets(
  app: App,
  server: Server,
  endpoint: ReturnType<typeof createGraphQLEndpoint>,
  keyring: Keyring,
): () => Promise<void> {
  const sockets = new WebSocketServer({
    server,
    path: endpoint.graphqlEndpoint,
    maxPayload: LARGEST_MESSAGE,
    verifyClient: ({ origin }: { origin?: string }) => !origin || isWelcome(app.env.CORS_ORIGINS, origin),
  });
  const identities = new WeakMap<WebSocket, Identity>();
  const served = useServer<Record<string, unknown>, Extra & Record<PropertyKey, unknown>>(
    {
      execute: (args) => (args.rootValue as Enveloped).execute(args) as never,
      subscribe: (args) => (args.rootValue as Enveloped).subscribe(args) as never,
      async onConnect({ connectionParams, extra: { socket, request } }) {
        try {
          const identity = await keyring.identify(keyOfSocket(connectionParams, request.headers));
          if (socket.readyState !== socket.OPEN) return;
          identities.set(socket, identity);
          const end = () => {
            identities.delete(socket);
            refuse(socket, 'The API key is not valid any more.');
          };
          socket.once('close', keyring.watch(identity, end));
        } catch (error) {
          if (error instanceof UnauthenticatedError) refuse(socket, error.message);
          else socket.close(CloseCode.InternalServerError, maskError(app.log, error, 'Unexpected error.').message);
          return false;
        }
      },
      async onSubscribe(context, _id, params) {
        const { request: req, socket } = context.extra;
        try {
          const identity = identities.get(socket);
          // A client may go on sending while its socket is being closed, or is about to be.
          if (!identity || !(await keyring.isGood(identity)))
            return [new GraphQLError('The socket is closed.', { extensions: { code: 'UNAUTHENTICATED' } })];
          const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`);
          // Mutations may come this way, which a GET would rule out: other sites were turned away with the socket.
          const request = new Request(url, { method: 'POST' });
          const enveloped = endpoint.getEnveloped({ ...context, req, request, params, identity } as never);
          const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
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
        } catch (error) {
          // A throw would close the socket, and end the other operations on it.
          return [maskError(app.log, error, 'Unexpected error.')];
        }
      },
    },
    sockets,
  );
  return async () => served.dispose();
}

function refuse(socket: WebSocket, reason: string): void {
  // RFC 6455, 5.5: a reason has at most 123 bytes.
  socket.close(CloseCode.Unauthorized, reason.slice(0, 123));
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT).unref();
}
