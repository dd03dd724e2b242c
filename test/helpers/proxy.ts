import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy on loopback in front of a server, which does what proxies and lines do. */
export interface Proxy extends AsyncDisposable {
  url: string;
  /** How many requests have come, those for a WebSocket left out. */
  requests: number;
  /** Answers of the server still to be lost on their way. */
  losesAnswers: number;
  /** What becomes of a request for a WebSocket: it is let through, refused, or never answered. */
  sockets: 'passed' | 'refused' | 'held';
  /** Cuts every WebSocket that is open. */
  cutSockets(): void;
}

/** Starts a proxy in front of the server at `url`. */
export async function startProxy(url: string): Promise<Proxy> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((incoming, response) => {
    proxy.requests += 1;
    const { method, url: path, headers } = incoming;
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      if (proxy.losesAnswers > 0) {
        proxy.losesAnswers -= 1;
        answer.resume();
        incoming.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    open.add(client);
    client.on('error', () => {}).once('close', () => open.delete(client));
    if (proxy.sockets === 'held') return;
    if (proxy.sockets === 'refused') return void client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    const behind = connect(Number(port), hostname, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2)
        lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
      behind.write(`${lines.join('\r\n')}\r\n\r\n`);
      behind.write(head);
      client.pipe(behind).pipe(client);
    });
    behind.on('error', () => client.destroy());
    client.once('close', () => behind.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 0,
    losesAnswers: 0,
    sockets: 'passed',
    cutSockets() {
      for (const socket of open) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      proxy.cutSockets();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
