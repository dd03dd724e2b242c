import { startServer } from '../cli/processes.ts';
import { openProxy } from '../helpers/cuttable-proxy.ts';
import { serveHeldFile } from '../helpers/held-file.ts';
import { smallClip } from './scenario.ts';

/** What a client acts on: a server, a way to it that can be cut, and videos elsewhere that come to a halt. */
export interface Stage extends AsyncDisposable {
  server: { url: string; settings: Record<string, string> };
  proxy: { cut(): void; restore(): void };
  /** Where the client finds the API: behind the proxy. */
  endpoint: string;
  hold: () => ReturnType<typeof serveHeldFile>;
}

export async function setStage(): Promise<Stage> {
  const server = await startServer();
  const proxy = await openProxy(server.url);
  return {
    server,
    proxy,
    endpoint: `${proxy.url}/graphql`,
    hold: async () => serveHeldFile(await smallClip()),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
