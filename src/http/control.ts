import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import type { App } from '../app.ts';
import { keyCommand, runKeyCommand } from '../domain/key-commands.ts';
import { ExpectedError } from '../errors.ts';

/** Bytes of a path that every system has room for in an address: sockaddr_un of macOS has 104, of Linux 108. */
const LONGEST_PATH = 103;
const LARGEST_COMMAND = 10_000;

/** What the owner of a data folder tells a running server through. */
export interface Control {
  close(): Promise<void>;
}

/**
 * Where a server on the embedded database listens for its owner: a socket in the data folder, by whichever of its paths
 * is shorter. Undefined where both are too long for one.
 */
export function controlPath(dataFolder: string): string | undefined {
  const absolute = join(dataFolder, 'control.sock');
  const paths = [absolute, relative(process.cwd(), absolute)];
  return paths.filter((path) => Buffer.byteLength(path) <= LONGEST_PATH).sort((a, b) => a.length - b.length)[0];
}

/**
 * Takes the commands of `reelgraph keys` while this process has the embedded database open, which bears no other one. Only
 * the owner of the data folder gets at its socket. Where none can be made, the server goes on without.
 */
export async function serveControl({ env, db, log }: Pick<App, 'env' | 'db' | 'log'>): Promise<Control> {
  const path = controlPath(env.DATA_DIR);
  const without = { close: async () => {} };
  if (!path) {
    log.warn({ folder: env.DATA_DIR }, 'the path is too long for a socket: stop the server to change its API keys');
    return without;
  }
  const answer = async (request: IncomingMessage) => {
    try {
      return { status: 200, body: await runKeyCommand(db, await readCommand(request)) };
    } catch (error) {
      if (error instanceof ExpectedError) return { status: 400, body: { message: error.message } };
      log.error({ err: error }, 'a key command failed');
      return { status: 500, body: { message: 'The server could not do that; its log says why.' } };
    }
  };
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  });
  try {
    // What a killed process has left: nobody else has this folder open.
    await rm(path, { force: true });
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o600);
  } catch (error) {
    log.warn({ err: error, path }, 'no socket can be made: stop the server to change its API keys');
    return without;
  }
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readCommand(request: IncomingMessage) {
  const size = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(size <= LARGEST_COMMAND)) throw new Error('a command has a length, and not a large one');
  return keyCommand.parse(JSON.parse(await text(request)));
}
