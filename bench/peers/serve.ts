import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of loopback, tells the parent of the URL, and ends with the parent. */
export async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return server;
}

/** Writes the URL for the parent, with which this process ends, once it has closed what it leaves. */
export function announce(url: string, close: () => Promise<void> = async () => {}): void {
  process.stdin.resume().on('end', () => void close().finally(() => process.exit()));
  console.log(url);
}
