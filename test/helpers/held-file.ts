import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file on a web server that comes to a halt in the middle: a task that fetches it is UPLOADING until then. */
export interface HeldFile extends AsyncDisposable {
  url: string;
  /** Lets the rest of it go. */
  release(): void;
}

export async function serveHeldFile(path: string): Promise<HeldFile> {
  const bytes = await readFile(path);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const middle = Math.floor(bytes.length / 2);
  const server = createServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length });
    response.write(bytes.subarray(0, middle));
    await released;
    response.end(bytes.subarray(middle));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/held.mp4`,
    release,
    async [Symbol.asyncDispose]() {
      release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
