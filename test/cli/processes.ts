import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addBootedDatabase } from '../helpers/booted-database.ts';
import { createPostgresDatabase } from '../helpers/database.ts';
import { builtinModels, modelsFolder } from '../helpers/models.ts';
import { until } from '../helpers/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** What a process wrote until it ended, and how it ended. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A process that runs. */
export interface Running {
  child: ChildProcess;
  /** Resolves once `text` has been written to standard output; rejects when the process ends without that. */
  wrote(text: string): Promise<void>;
  outcome: Promise<Outcome>;
}

/** Starts a script of this project under this Node, without settings of the environment that the tests run in. */
export function startScript(script: string, args: string[], settings: Record<string, string> = {}): Running {
  const { PATH = '', HOME = '' } = process.env;
  const npm = Object.entries(process.env).filter(([name]) => /^npm_config_/i.test(name));
  const env = { ...Object.fromEntries(npm), PATH, HOME, NO_COLOR: '1', ...settings };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const check = () => {
    for (const look of [...waiting]) look();
  };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.stdout += text;
    check();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.stderr += text;
  });
  const outcome = once(child, 'close').then(([code]) => ({ code, ...written }));
  return {
    child,
    outcome,
    wrote: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!written.stdout.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        outcome.then(() => reject(new Error(`Ended without "${text}":\n${written.stdout}\n${written.stderr}`)), reject);
      }),
  };
}

/** Starts the `reelgraph` command. */
export function startCli(args: string[], settings: Record<string, string> = {}): Running {
  return startScript(CLI, args, settings);
}

/** Runs the `reelgraph` command to its end. */
export function runCli(args: string[], settings: Record<string, string> = {}): Promise<Outcome> {
  return startCli(args, settings).outcome;
}

/** A server in a process of its own, by `reelgraph serve`, with a data folder and a database of its own. */
export interface TestServer extends AsyncDisposable {
  url: string;
  /** What another process needs to work on the same data. */
  settings: Record<string, string>;
}

/** Starts a server on a free port and waits until it is ready. Its workers may download from loopback. */
export async function startServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const models = await builtinModels();
  await models.close();
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const database = process.env.TEST_DATABASE_URL && (await createPostgresDatabase(process.env.TEST_DATABASE_URL));
  if (!database) await addBootedDatabase(folder);
  const own = {
    DATA_DIR: folder,
    MODELS_DIR: modelsFolder,
    FETCH_ALLOW_ADDRESSES: '127.0.0.1',
    ...(database && { DATABASE_URL: database.url }),
    ...settings,
  };
  const { child, outcome } = startCli(['serve'], { PORT: '0', ...own });
  const stop = async () => {
    child.kill('SIGTERM');
    await outcome;
    if (database) await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await Promise.race([addressOf(child), outcome.then(failedToStart)]);
    await until(async () => (await fetch(`${url}/ready`)).ok);
    return { url, settings: own, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout)
    for await (const line of createInterface({ input: stdout })) {
      const { msg, url } = JSON.parse(line);
      if (msg !== 'listening') continue;
      stdout.resume();
      return url;
    }
  throw new Error('The server told no address');
}

function failedToStart({ stdout, stderr }: Outcome): never {
  throw new Error(`The server did not start:\n${stdout}\n${stderr}`);
}
