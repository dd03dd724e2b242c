import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { App } from '../app.ts';
import { UnauthenticatedError } from '../errors.ts';
import { keyOfSocket } from './caller.ts';
import type { Identity, Keyring } from './keyring.ts';
import { maskError } from './mask-error.ts';

/** Milliseconds that a client has to answer when its socket is closed. */
const CLOSE_TIMEOUT = 1_000;
/** Bytes. */
const LONGEST_REASON = 123;

/** A connection that a client has opened, and what it has sent to begin with. */
interface Opened {
  connectionParams?: Readonly<Record<string, unknown>> | undefined;
  extra: { socket: WebSocket; request: IncomingMessage };
}

/**
 * Tells whose a WebSocket is. One without a valid key is closed with code 4401, as is one whose key is revoked.
 * @returns `connect` for a connection that begins, which resolves to false where it must not; `of` for its identity,
 *   undefined once it is being closed
 */
export function identifySockets(app: App, keyring: Keyring) {
  const identities = new WeakMap<WebSocket, Identity>();
  return {
    async connect({ connectionParams, extra: { socket, request } }: Opened): Promise<boolean> {
      try {
        const identity = await keyring.identify(keyOfSocket(connectionParams, request.headers), request.headers.host);
        if (socket.readyState !== socket.OPEN) return false;
        identities.set(socket, identity);
        const end = () => {
          identities.delete(socket);
          refuse(socket, 'The API key is not valid any more.');
        };
        socket.once('close', keyring.watch(identity, end));
        return true;
      } catch (error) {
        // The client's own words are as long as it likes.
        const host = JSON.stringify(request.headers.host ?? '');
        if (error instanceof UnauthenticatedError) refuse(socket, error.message.replace(host, 'this Host'));
        else socket.close(CloseCode.InternalServerError, maskError(app, error, 'Unexpected error.').message);
        return false;
      }
    },
    of: (socket: WebSocket): Identity | undefined => identities.get(socket),
  };
}

function refuse(socket: WebSocket, reason: string): void {
  // RFC 6455, 5.5: a reason has at most 123 bytes, of which no character may be cut in two.
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(LONGEST_REASON));
  socket.close(CloseCode.Unauthorized, reason.slice(0, read));
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT).unref();
}
