import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Client, createClient } from '../client/client.ts';
import { parseEnv } from '../env.ts';

/** Which server a command talks to, and with which key. */
export interface ServerOptions {
  server?: string;
  apiKey?: string;
}

/** Adds `--server` and `--api-key` to a command that talks to a running server. */
export function addServerOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the address of the server (default: by HOST and PORT)', parseAddress)
    .addOption(new Option('--api-key <key>', 'a key of that server, where it needs one').env('REELGRAPH_API_KEY'));
}

/** Runs `work` with a client of that server, or of the one that this machine's settings name. */
export async function withClient(
  { server, apiKey }: ServerOptions,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = createClient({ url: server ?? localAddress(), apiKey: apiKey?.trim() || undefined });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

function localAddress(): string {
  const { HOST, PORT = 4000 } = parseEnv(process.env);
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
}

function parseAddress(given: string): string {
  if (/^https?:\/\//.test(given) && URL.canParse(given)) return given;
  throw new InvalidArgumentError('It is an address such as http://127.0.0.1:4000.');
}
