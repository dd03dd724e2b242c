import { CloseCode, type Context, makeServer, type ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { maskError } from './mask-error.ts';
import { createOperationIds } from './operation-ids.ts';
import { sendText } from './send-text.ts';

type Params = Record<string, unknown>;

/** What is known of a socket beside what it has said. */
interface SocketExtra extends Extra {
  /**
   * Sends a result as an operation's next one, like graphql-ws itself. Resolves when it has been written.
   * @param id graphql-ws's own
   * @param payload the result as JSON
   */
  sendNext(id: string, payload: string): Promise<void>;
}

/** What graphql-ws knows of a client. */
export type SocketContext = Context<Params, SocketExtra>;

/**
 * Has sockets speak graphql-transport-ws. graphql-ws's own way prints every fault of a client to stderr and sends it
 * where it came from; here they are told of at `debug`, and the client gets a code.
 */
export function speakProtocol(app: App, sockets: WebSocketServer, options: ServerOptions<Params, SocketExtra>): void {
  const protocol = makeServer<Params, SocketExtra>(options);
  sockets.on('error', (error) => app.log.error({ err: error }, 'the WebSocket server failed'));
  sockets.on('connection', (socket, request) => {
    const ids = createOperationIds();
    const sendMessage = (message: string | undefined) =>
      message === undefined ? Promise.resolve() : sendText(socket, request.socket, message);
    const send = (text: string) => sendMessage(ids.send(text));
    const fail = (error: unknown) => {
      // ws closes the socket with the right code by itself, or has lost it.
      if (socket.readyState !== socket.OPEN) return app.log.debug({ err: error }, 'socket failed');
      socket.close(CloseCode.InternalServerError, maskError(app, error, 'Unexpected error.').message);
    };
    socket.on('error', (error) => app.log.debug({ err: error }, 'socket failed'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => socket.close(code, reason),
        // Without the payload, which may be nested more deeply than can be printed.
        onPing: () => send('{"type":"pong"}'),
        onMessage: (take) =>
          socket.on('message', (data) => {
            // What comes after the socket is being closed is for nobody.
            if (socket.readyState !== socket.OPEN) return;
            const message = ids.receive(String(data));
            if (typeof message === 'string') take(message).catch(fail);
            else if (message) socket.close(message.code, message.reason);
          }),
      },
      { socket, request, sendNext: (id, payload) => sendMessage(ids.next(id, payload)) },
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch(fail);
    });
  });
}
