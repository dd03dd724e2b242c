import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that answers as a test wants it to. */
export interface RemoteServer extends AsyncDisposable {
  port: number;
  /** The URL of a path, with the number of the host. */
  url(path: string): string;
  /** What was asked for: `path range if-range`, with "-" for what was not sent. */
  asked: string[];
  answer: RequestListener;
}

export async function startRemoteServer(answer: RequestListener, host = '127.0.0.1'): Promise<RemoteServer> {
  const server = createServer((request, response) => {
    const { range = '-', 'if-range': ifRange = '-' } = request.headers;
    remote.asked.push(`${request.url} ${range} ${ifRange}`);
    remote.answer(request, response);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const remote: RemoteServer = {
    port,
    url: (path) => `http://${host}:${port}${path}`,
    asked: [],
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return remote;
}

/** Sends a part of what was promised, and cuts the line. */
export function cutAfter(response: ServerResponse, part: Uint8Array): void {
  response.write(part, () => response.destroy());
}

/**
 * Answers as a server does that knows ranges (RFC 9110, 14): with the rest, if `If-Range` is the tag, else with the whole.
 * @param bytes how many of those to send before the line is cut
 */
export function sendVersion(
  request: { headers: NodeJS.Dict<string | string[]> },
  response: ServerResponse,
  { content, tag }: { content: Uint8Array; tag: string },
  bytes = Number.POSITIVE_INFINITY,
): void {
  const { range, 'if-range': ifRange } = request.headers;
  const start = ifRange === tag ? Number(/^bytes=(\d+)-$/.exec(String(range))?.[1] ?? 0) : 0;
  const rest = content.subarray(start);
  const status = start > 0 ? 206 : 200;
  if (status === 206)
    response.setHeader('content-range', `bytes ${start}-${content.byteLength - 1}/${content.byteLength}`);
  response.writeHead(status, { etag: tag, 'content-length': rest.byteLength });
  if (bytes < rest.byteLength) cutAfter(response, rest.subarray(0, bytes));
  else response.end(rest);
}
