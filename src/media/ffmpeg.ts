import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import { MediaTimeoutError, UnreadableMediaError } from './errors.ts';
import { readLines } from './lines.ts';

/*
 * The only file that starts a process. fluent-ffmpeg composes ffmpeg's command line but does not run it: it would hand
 * the server's whole environment, secrets too, to a program that reads hostile files; at a deadline it sends no more
 * than SIGTERM; it cannot kill while it is still asking ffmpeg for its capabilities; it has no limits. Its ffprobe can
 * not be killed at all.
 */

/** One ffmpeg run: one input, several outputs with names relative to the run's folder. */
export interface Command {
  inputOptions: string[];
  file: string;
  outputs: { target: string; options: string[] }[];
}

export interface RunOptions {
  /** Seconds until the child is killed and the run rejects with a `MediaTimeoutError`. */
  timeout: number;
  /** The child's working folder. */
  folder?: string;
  signal?: AbortSignal | undefined;
  /** Told every line of its output, or with `onBytes` every piece of it, where that is no text. */
  onStdout?(line: string): void;
  onBytes?(bytes: Buffer): void;
  onStderr?(line: string): void;
}

/** Runs ffmpeg. Resolves and rejects as `runTool` does. */
export async function runFfmpeg(path: string, command: Command, options: RunOptions): Promise<number> {
  const composed = ffmpeg(inputUrl(command.file)).inputOptions(...command.inputOptions);
  for (const output of command.outputs) composed.output(output.target).outputOptions(...output.options);
  // Not in its types: the step of its own run() that turns a command into arguments.
  if (!('_getArguments' in composed) || typeof composed._getArguments !== 'function') {
    throw new Error('This version of fluent-ffmpeg does not tell its arguments');
  }
  return runTool(path, composed._getArguments(), options);
}

/** Runs ffprobe on a file. Resolves and rejects as `runTool` does. */
export function runFfprobe(path: string, args: string[], file: string, options: RunOptions): Promise<number> {
  return runTool(path, [...args, '-i', inputUrl(file)], options);
}

// With its protocol in front no path can be taken for another protocol, or for an option.
function inputUrl(file: string): string {
  return `file:${resolve(file)}`;
}

/*
 * Stands in front of the tool: no core dump, 4 GiB of memory, at most 2 or 4 GiB a file (-f counts in 512 or 1024
 * bytes), processor seconds as given. Where setpriv can do it (Linux), the tool also ends with the server, whatever
 * ended that. What a system does not know is left out.
 */
const LAUNCHER = `{ ulimit -c 0; ulimit -v 4194304; ulimit -f 4194304; ulimit -t "$1"; } 2>/dev/null
shift
setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL "$@"
exec "$@"`;

// Static builds crash in the C library when they load this system's character tables, as for a broadcast's titles.
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', GCONV_PATH: '/nonexistent' };
const CRASHES: readonly string[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGTRAP',
];

/**
 * Runs a tool without our environment and without input, in a process group of its own, and resolves with its exit code.
 * It rejects only once the child is gone: with the signal's reason after an abort, a `MediaTimeoutError` after the
 * deadline, an `UnreadableMediaError` when the file crashed the tool or drove it over a limit, and with a plain error
 * when it could not be started or somebody else killed it.
 */
export async function runTool(path: string, args: string[], options: RunOptions): Promise<number> {
  const { timeout, signal } = options;
  signal?.throwIfAborted();
  // Every thread counts on the processor's clock, so this comes long after the deadline: it is for a lost server.
  const limited = ['-c', LAUNCHER, 'sh', String(Math.ceil(timeout) * 64), path, ...args];
  const [file, fileArgs] = process.platform === 'win32' ? [path, args] : ['/bin/sh', limited];
  const child = spawn(file, fileArgs, {
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  };
  if (options.onBytes) child.stdout.on('data', options.onBytes);
  else readLines(child.stdout, options.onStdout);
  readLines(child.stderr, options.onStderr);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeout * 1000);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...ending) => resolve(ending));
    });
    signal?.throwIfAborted();
    if (late) throw new MediaTimeoutError(path, timeout);
    if (code !== null) return code;
    if (killedBy !== null && CRASHES.includes(killedBy)) {
      throw new UnreadableMediaError(`The file makes the decoder fail (${killedBy})`);
    }
    throw new Error(`${path} was killed by ${killedBy}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}
