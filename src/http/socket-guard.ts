import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { RunningOperations } from './running-operations.ts';

/** Why a socket is closed (RFC 6455, 7.4.1): "try again later" and "normal closure", after which clients stay away. */
const TOO_SLOW = 1013;
const DONE = 1000;
const UNREAD = 'The client does not read.';
/** Bytes that wait to be sent above which nothing more is read: each message may ask for more of them. */
const MOST_WAITING = 256 * 1024;
/** Milliseconds between two looks. */
const LOOK = 1_000;
/** How many times longer than a client may be silent it may have nothing to do. */
const IDLE = 10;
/** How many times longer one write may take, of a client that sends meanwhile: that of a large answer on a slow line. */
const PATIENCE = 4;

/**
 * Closes a WebSocket whose client has stopped reading or does not answer pings, with code 1013, and one that has had no
 * operation for long, with 1000. Each subscription waits until its last event has been written, so that a client that
 * does not read holds one event each and what its own messages ask for; of those no more are read while much waits.
 * @param connection what the WebSocket runs on
 * @param options.timeout milliseconds that a client may be silent
 * @param options.operations those that run on it
 */
export function guardSocket(
  socket: WebSocket,
  connection: Socket,
  { timeout, operations }: { timeout: number; operations: Pick<RunningOperations, 'size' | 'stop'> },
): void {
  const every = Math.min(LOOK, timeout / 4);
  let isAnswered = true;
  let [sincePing, idle, waiting, written] = [0, 0, 0, 0];
  const close = (code: number, reason: string) => {
    socket.close(code, reason);
    // Until the client has closed its end, or the time for that is over, its subscriptions would go on for nobody.
    operations.stop();
  };
  const look = () => {
    idle = operations.size === 0 ? idle + every : 0;
    if (idle >= IDLE * timeout) return close(DONE, 'No operation for too long.');
    const before = written;
    written = connection.bytesWritten - connection.writableLength;
    waiting = socket.bufferedAmount > 0 && written === before ? waiting + every : 0;
    // The server's timeout of writes does not see that of a client that sends: a paused socket goes on reading a little.
    if (waiting >= PATIENCE * timeout) return close(TOO_SLOW, UNREAD);
    if (waiting > 0) return socket.pause();
    if (socket.bufferedAmount > 0) return;
    socket.resume();
    sincePing += every;
    if (!isAnswered && sincePing >= timeout) return close(TOO_SLOW, 'No answer.');
    if (!isAnswered || sincePing < timeout / 2) return;
    [isAnswered, sincePing] = [false, 0];
    socket.ping();
  };
  const looking = setInterval(look, every);
  socket.on('pong', () => {
    isAnswered = true;
  });
  socket.on('message', () => {
    if (socket.bufferedAmount > MOST_WAITING) socket.pause();
  });
  connection.on('drain', () => socket.resume());
  connection.on('timeout', () => close(TOO_SLOW, UNREAD));
  socket.once('close', () => clearInterval(looking));
}
