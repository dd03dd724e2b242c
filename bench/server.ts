import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../src/client/client.ts';
import { builtinModels } from '../test/helpers/models.ts';
import { startServer } from '../test/helpers/server-process.ts';

/** Options of a server's Node that have it collect its garbage at a SIGUSR2: what is in use can be seen only then. */
export const COLLECTS_GARBAGE = ['--import', new URL('./collect-garbage.ts', import.meta.url).href];

/** A server in a process of its own, as users start it, with a data folder of its own. */
export interface BenchServer extends AsyncDisposable {
  url: string;
  pid: number;
  folder: string;
  client: Client;
  /** The sum over all labels of one of its metrics; 0 where it has not been measured yet. */
  metric(name: string): Promise<number>;
}

/**
 * Starts a server on the embedded database, or on that of `settings.DATABASE_URL`, and waits until it is ready.
 * @param settings.DATA_DIR a folder that is there already, and stays
 * @param options of Node
 */
export async function startBenchServer(
  settings: Record<string, string> = {},
  options: readonly string[] = [],
): Promise<BenchServer> {
  await (await builtinModels()).close();
  const own = settings.DATA_DIR ? undefined : await mkdtemp(join(tmpdir(), 'reelgraph-bench-'));
  const folder = settings.DATA_DIR ?? own ?? '';
  const server = await startServer({ ...settings, DATA_DIR: folder }, options);
  const client = createClient({ url: server.url });
  return {
    url: server.url,
    pid: server.child.pid ?? 0,
    folder,
    client,
    async metric(name) {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server.end('SIGTERM');
      if (own) await rm(own, { recursive: true, force: true });
    },
  };
}
