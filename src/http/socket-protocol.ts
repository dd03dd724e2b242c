import { CloseCode, type Context, makeServer, type ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocketServer } from 'ws';
import type { App } from '../app.ts';
import { maskError } from './mask-error.ts';
import { createOperationIds } from './operation-ids.ts';

type Params = Record<string, unknown>;
/** What graphql-ws knows of a client. */
export type SocketContext = Context<Params, Extra>;

/**
 * Has sockets speak graphql-transport-ws. graphql-ws's own way prints every fault of a client to stderr and sends it
 * where it came from; here they are told of at `debug`, and the client gets a code.
 */
export function speakProtocol(app: App, sockets: WebSocketServer, options: ServerOptions<Params, Extra>): void {
  const protocol = makeServer<Params, Extra>(options);
  sockets.on('error', (error) => app.log.error({ err: error }, 'the WebSocket server failed'));
  sockets.on('connection', (socket, request) => {
    const ids = createOperationIds();
    const send = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const message = ids.send(text);
        if (message === undefined || socket.readyState !== socket.OPEN) return resolve();
        socket.send(message, (error) => (error ? reject(error) : resolve()));
      });
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
      { socket, request },
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch(fail);
    });
  });
}
