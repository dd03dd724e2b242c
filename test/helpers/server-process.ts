import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addBootedDatabase } from './booted-database.ts';
import { modelsFolder } from './models.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** What Node makes of the sources, which servers are started from a hundred times. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/reelgraph-test/compiled', import.meta.url));

/** A server in a process of its own. */
export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** Everything that it has written so far, to both outputs. */
  output(): string;
  /** Ends it with a signal, and resolves once it is gone: with its exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `src/main.ts` with these settings, and options of Node, on a free port, and waits until it listens. */
export async function startServer(
  settings: Record<string, string>,
  options: readonly string[] = [],
): Promise<ServerProcess> {
  const fixed = {
    DATABASE_URL: '',
    MODELS_DIR: modelsFolder,
    PORT: '0',
    LOG_LEVEL: 'info',
    NODE_COMPILE_CACHE: COMPILED,
  };
  if (settings.DATA_DIR && !settings.DATABASE_URL) await addBootedDatabase(settings.DATA_DIR);
  const child = spawn(process.execPath, [...options, MAIN], {
    env: { ...process.env, ...fixed, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit');
  const written: string[] = [];
  child.stderr.on('data', (part: Buffer) => {
    written.push(String(part));
    process.stderr.write(part);
  });
  child.stdout.on('data', (part: Buffer) => written.push(String(part)));
  for await (const line of createInterface(child.stdout)) {
    const { msg, url } = JSON.parse(line) as { msg: string; url: string };
    if (msg !== 'listening') continue;
    child.stdout.resume();
    return {
      url,
      child,
      output: () => written.join(''),
      async end(signal) {
        child.kill(signal);
        const [code] = await gone;
        return code;
      },
    };
  }
  throw new Error(`the server ended before it listened: ${written.join('')}`);
}
