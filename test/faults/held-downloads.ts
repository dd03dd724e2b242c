import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server whose files come to a halt in the middle when they are first asked for, and whole after that. */
export interface HeldDownloads extends AsyncDisposable {
  /** The address of a file, and what resolves once its first download has come to the halt. */
  offer(name: string, bytes: Buffer): { url: string; held: Promise<void> };
}

export async function serveHeldDownloads(): Promise<HeldDownloads> {
  const files = new Map<string, { bytes: Buffer; hold: (() => void) | undefined }>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (!file) return response.writeHead(404).end();
    const { bytes, hold } = file;
    response.writeHead(200, { 'content-length': bytes.length });
    if (!hold) return response.end(bytes);
    file.hold = undefined;
    // From a server that says nothing for half a minute a download is given up.
    let sent = Math.floor(bytes.length / 2);
    const timer = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 1_000);
    response.once('close', () => clearInterval(timer));
    response.write(bytes.subarray(0, sent), () => hold());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    offer(name, bytes) {
      const path = `/${files.size}/${name}`;
      const { promise: held, resolve: hold } = Promise.withResolvers<void>();
      files.set(path, { bytes, hold });
      return { url: `http://127.0.0.1:${port}${path}`, held };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
