import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { App } from '../app.ts';
import { createGraphQLEndpoint } from './graphql.ts';
import { createKeyring } from './keyring.ts';
import { isLoopback } from './loopback.ts';
import { observeRequest } from './observe-request.ts';
import { readPersistedDocuments } from './persisted-documents.ts';
import { createRateLimit } from './rate-limit.ts';
import { endSlowClients } from './slow-clients.ts';
import { serveWebSockets } from './websocket.ts';

/** Milliseconds between two looks at whether a request's head is late. */
const CHECK_HEADS = 2_000;

/** The API as it is reached over the network. */
export interface HttpServer {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Takes no more requests, closes the sockets with a code, and waits for the requests in progress. */
  close(): Promise<void>;
}

/**
 * Listens on an address; port 0 takes a free one. Without a key nobody is let in, save on loopback as long as there has
 * never been a key. Rejects when the address cannot be had.
 * @param schema as that of `createGraphQLEndpoint`
 */
export async function listen(
  app: App,
  address: { host: string; port: number },
  schema?: GraphQLSchema,
): Promise<HttpServer> {
  const documents = await readPersistedDocuments(app);
  const keyring = createKeyring(app, { keyless: isLoopback(address.host), publicUrl: app.env.PUBLIC_URL });
  const guards = { documents, keyring, rateLimit: createRateLimit(app.env.MAX_REQUESTS_PER_MINUTE) };
  const endpoint = createGraphQLEndpoint(app, guards, schema);
  const timeout = app.env.CLIENT_TIMEOUT * 1000;
  // An upload may last for hours: only its head has a deadline of Node's.
  const timeouts = { requestTimeout: 0, headersTimeout: timeout, connectionsCheckingInterval: CHECK_HEADS };
  const server = createServer(timeouts, (request, response) => {
    observeRequest(app, request, response, () => {
      // Of an address that cannot be read Yoga would tell the client where in its code it stumbled.
      if (URL.canParse(request.url ?? '/', `http://${request.headers.host}`)) void endpoint(request, response);
      else response.writeHead(400).end();
    });
  });
  server.maxConnections = app.env.MAX_CONNECTIONS;
  endSlowClients(server, timeout);
  server.listen(address.port, address.host);
  await once(server, 'listening');
  // Only now: an address that cannot be had is no fault of the WebSockets, which would print it.
  const closeWebSockets = serveWebSockets(app, server, endpoint, guards);
  return {
    url: addressOf(server),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), 2_000);
      await closeWebSockets();
      await endpoint.dispose();
      keyring.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(deadline);
    },
  };
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
