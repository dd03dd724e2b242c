import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two looks. */
const LOOK = 1_000;
/** Bytes a second below which an upload is not worth its connection. */
const SLOWEST_UPLOAD = 1_000;
/** How many times longer an upload may wait for the server to take what has come. */
const PATIENCE = 4;

/**
 * Ends connections whose client holds them up: one that does not take its answer, one that does not send its request.
 * An upload may last for hours, as long as it keeps coming; any other body has to be there within the time.
 * One that the server itself does not take ends as well, later: the client may have sent its files in an order in which
 * nobody reads the first one.
 * @param timeout milliseconds
 */
export function endSlowClients(server: Server, timeout: number): void {
  endStalledAnswers(server, timeout);
  server.on('request', (request, response) => watchBody(request, response, timeout));
}

/**
 * Node's own timeout of a socket knows whether a write goes on. It is set only while something waits to be written, as
 * an event stream may be silent and a resolver may take its time; Yoga takes it off again. Where no one listens to it,
 * Node destroys the socket.
 */
function endStalledAnswers(server: Server, timeout: number): void {
  const open = new Set<Socket>();
  const timed = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const looking = setInterval(
    () => {
      for (const socket of open) {
        const isWaiting = socket.writableLength > 0;
        if (isWaiting && socket.timeout !== timeout) socket.setTimeout(timeout);
        else if (!isWaiting && timed.has(socket) && socket.timeout === timeout) socket.setTimeout(0);
        if (isWaiting) timed.add(socket);
        else timed.delete(socket);
      }
    },
    Math.min(LOOK, timeout),
  );
  looking.unref();
  server.once('close', () => clearInterval(looking));
}

function watchBody(request: IncomingMessage, response: ServerResponse, timeout: number): void {
  const { socket } = request;
  const isUpload = request.headers['content-type']?.startsWith('multipart/form-data') ?? false;
  const every = Math.min(LOOK, timeout / 4);
  let waited = 0;
  let before = socket.bytesRead;
  let untaken = 0;
  let taken = 0;
  const looking = setInterval(() => {
    if (request.complete) return clearInterval(looking);
    // What has come and is not taken yet is no fault of the client.
    const isBehind = isUpload && request.readableLength > 0;
    waited = isBehind ? 0 : waited + every;
    if (waited === 0) before = socket.bytesRead;
    const takenNow = socket.bytesRead - request.readableLength;
    untaken = isBehind && takenNow <= taken ? untaken + every : 0;
    taken = takenNow;
    const isStuck = untaken >= PATIENCE * timeout;
    if (waited < timeout && !isStuck) return;
    if (!isStuck && isUpload && socket.bytesRead - before >= (SLOWEST_UPLOAD * timeout) / 1_000) {
      waited = 0;
      before = socket.bytesRead;
      return;
    }
    clearInterval(looking);
    if (!response.headersSent) socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    socket.destroySoon();
  }, every);
  looking.unref();
  request.once('close', () => clearInterval(looking));
}
