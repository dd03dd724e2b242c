import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, as a network is. */
export interface CuttableProxy extends AsyncDisposable {
  /** The server's, by way of here. */
  url: string;
  /** Resets all connections, and those that come until it is restored. */
  cut(): void;
  restore(): void;
}

/** Stands between clients and a server, and hands on the bytes of both. */
export async function openProxy(server: string): Promise<CuttableProxy> {
  const target = new URL(server);
  const ends = new Set<Socket>();
  let isCut = false;
  const proxy = createServer((client) => {
    client.on('error', () => {});
    if (isCut) return client.resetAndDestroy();
    const behind = connect(Number(target.port), target.hostname).on('error', () => {});
    for (const [end, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      ends.add(end);
      end.pipe(other);
      end.once('close', () => {
        ends.delete(end);
        other.destroy();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const reset = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      reset();
    },
    restore() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      reset();
      await once(proxy, 'close');
    },
  };
}
