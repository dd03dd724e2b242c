import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const PRELOAD = new URL('./end-with-demo.ts', import.meta.url).href;
const USUAL_PORT = 4000;
/** Milliseconds until the server is taken to be stuck. */
const [START_LIMIT, STOP_LIMIT] = [60_000, 10_000];
const WARNING = 40;

/** A server in a process of its own. */
export interface ServerProcess {
  /** e.g. `http://127.0.0.1:4000` */
  url: string;
  /** Resolves when the process has ended. */
  ended: Promise<unknown>;
  /** Ends it in order, and after ten seconds by force. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** Settings beside those of this process, which it inherits. */
  settings: Record<string, string | undefined>;
  signal: AbortSignal;
  /** Receives what the server warns of. */
  onWarning(message: string): void;
}

/** Starts `reelgraph serve` on the usual port, or on any free one, and waits until it is ready. */
export async function startServer({ settings, signal, onWarning }: ServerProcessOptions): Promise<ServerProcess> {
  const port = process.env.PORT || ((await isFree(USUAL_PORT)) ? USUAL_PORT : 0);
  const child = spawn(process.execPath, ['--import', PRELOAD, CLI, 'serve'], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ROLE: 'all', LOG_LEVEL: 'info', ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a group of its own: Ctrl-C in a terminal is for the demo, which then ends its server.
    detached: true,
  });
  const ended = once(child, 'exit');
  const stop = () => stopProcess(child, ended);
  try {
    const url = await Promise.race([readAddress(child, onWarning), failAtEnd(ended), failLate(signal)]);
    await waitUntilReady(url, ended, signal);
    return { url, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address that the server's log tells of; later lines only serve for their warnings. */
function readAddress(child: ChildProcess, onWarning: (message: string) => void): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error('The server has no output');
  createInterface({ input: child.stderr }).on('line', onWarning);
  const lines = createInterface({ input: child.stdout });
  const warned = new Set<string>();
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const { url, level, msg, err } = parseLogLine(line);
      if (url) resolve(url);
      const warning = [msg, err?.message].filter(Boolean).join(': ');
      if (level < WARNING || warned.has(warning)) return;
      warned.add(warning);
      onWarning(warning);
    });
  });
}

function parseLogLine(line: string): { level: number; msg: string; url?: string; err?: { message: string } } {
  try {
    return JSON.parse(line);
  } catch {
    return { level: WARNING, msg: line };
  }
}

async function waitUntilReady(url: string, ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const late = Promise.race([failAtEnd(ended), failLate(signal)]);
  late.catch(() => {});
  for (;;) {
    const response = await Promise.race([fetch(`${url}/ready`, { signal }), late]);
    await response.arrayBuffer();
    if (response.ok) return;
    await Promise.race([delay(50), late]);
  }
}

async function failAtEnd(ended: Promise<unknown>): Promise<never> {
  await ended;
  throw new Error('The server ended before it was ready.');
}

async function failLate(signal: AbortSignal): Promise<never> {
  await delay(START_LIMIT, undefined, { signal, ref: false });
  throw new Error(`The server was not ready after ${START_LIMIT / 1000} s.`);
}

async function stopProcess(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await ended;
  clearTimeout(force);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
