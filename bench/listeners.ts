import { once } from 'node:events';
import WebSocket from 'ws';

/** Sockets that are being opened at a time. */
const AT_ONCE = 100;

/** Many WebSockets that are sent the same. */
export interface Listeners extends Disposable {
  /** Waits until each of them has had a message since the last call. @returns when each came, by `performance.now()` */
  nextOfEach(): Promise<number[]>;
  /** The last message of the first socket. */
  lastMessage(): string;
}

/**
 * Opens them.
 * @param begin called once a socket is open; resolves when it only waits for messages
 */
export async function openListeners(
  url: string,
  count: number,
  { protocols = [], begin }: { protocols?: string[]; begin?: (socket: WebSocket) => Promise<unknown> } = {},
): Promise<Listeners> {
  const sockets: WebSocket[] = [];
  let came: number[] = [];
  let all = Promise.withResolvers<void>();
  let last = '';
  const open = async () => {
    const socket = new WebSocket(url.replace('http', 'ws'), protocols);
    sockets.push(socket);
    await once(socket, 'open');
    await begin?.(socket);
    socket.on('message', (data) => {
      if (socket === sockets[0]) last = String(data);
      came.push(performance.now());
      if (came.length === count) all.resolve();
    });
    socket.on('close', (code) => all.reject(new Error(`a socket was closed with ${code}`)));
  };
  while (sockets.length < count)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open));
  return {
    async nextOfEach() {
      await all.promise;
      const times = came;
      came = [];
      all = Promise.withResolvers();
      return times;
    },
    lastMessage: () => last,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.removeAllListeners('close').terminate();
    },
  };
}

/** Opens a connection of graphql-transport-ws and subscribes to the state of a task; resolves with its first event. */
export async function followTask(socket: WebSocket, id: string): Promise<void> {
  const query = 'subscription ($id: ID!) { taskUpdated(id: $id) { status progress } }';
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } }));
  const [first] = await once(socket, 'message');
  if (JSON.parse(String(first)).type !== 'next') throw new Error(String(first));
}
