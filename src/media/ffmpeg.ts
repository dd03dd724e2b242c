import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ffmpeg from 'fluent-ffmpeg';
import type { Cage } from './cage.ts';
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
  /** The child's working folder; without, it gets an empty one that goes with it. */
  folder?: string;
  /** What the child is kept in, and the one file outside of its folder that it may read there. */
  cage?: Cage;
  file?: string;
  signal?: AbortSignal | undefined;
  /** Bytes of output in lines, with more of which the child is killed and the run rejects with an `UnreadableMediaError`. */
  mostOutput?: number;
  /** Told every line of its output, or with `onBytes` every piece of it, where that is no text. */
  onStdout?(line: string): void;
  onBytes?(bytes: Buffer): void;
  onStderr?(line: string): void;
}

/** A tool and what it runs in. */
export interface CagedTool {
  path: string;
  cage: Cage;
}

/** Runs ffmpeg. Resolves and rejects as `runTool` does. */
export async function runFfmpeg({ path, cage }: CagedTool, command: Command, options: RunOptions): Promise<number> {
  const composed = ffmpeg(inputUrl(command.file)).inputOptions(...command.inputOptions);
  for (const output of command.outputs) composed.output(output.target).outputOptions(...output.options);
  // Not in its types: the step of its own run() that turns a command into arguments.
  if (!('_getArguments' in composed) || typeof composed._getArguments !== 'function') {
    throw new Error('This version of fluent-ffmpeg does not tell its arguments');
  }
  return runTool(path, composed._getArguments(), { ...options, cage, file: resolve(command.file) });
}

/** Runs ffprobe on a file. Resolves and rejects as `runTool` does. */
export function runFfprobe(
  { path, cage }: CagedTool,
  args: string[],
  file: string,
  options: RunOptions,
): Promise<number> {
  return runTool(path, [...args, '-i', inputUrl(file)], {
    mostOutput: MOST_DESCRIPTION,
    ...options,
    cage,
    file: resolve(file),
  });
}

/** Of ffprobe: ten times what the first minute of a video with 1000 frames a second takes. */
const MOST_DESCRIPTION = 16 * 1024 ** 2;

// With its protocol in front no path can be taken for another protocol, or for an option.
function inputUrl(file: string): string {
  return `file:${resolve(file)}`;
}

/*
 * Stands in front of the tool: no core dump, 4 GiB of memory, at most 2 or 4 GiB a file (-f counts in 512 or 1024
 * bytes), processor seconds as given. Where setpriv can do it (Linux), the tool also ends with the server, whatever
 * ended that, and no program that it starts has more rights. What a system does not know is left out.
 */
const LAUNCHER = `{ ulimit -c 0; ulimit -v 4194304; ulimit -f 4194304; ulimit -t "$1"; } 2>/dev/null
shift
guard='setpriv --pdeathsig KILL --no-new-privs'
$guard true 2>/dev/null && exec $guard "$@"
exec "$@"`;

const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  // Static builds crash in the C library when they load this system's character tables, as for a broadcast's titles.
  GCONV_PATH: '/nonexistent',
  // Each thread's own reserve of 64 MiB would use up the limit of memory where there are many cores.
  MALLOC_ARENA_MAX: '2',
};
const CRASHES = new Map([
  ...['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP'].map(
    (signal) => [signal, `The file makes the decoder fail (${signal})`] as const,
  ),
  ['SIGXCPU', 'The file takes more processor time than a decoder may have'],
  ['SIGXFSZ', 'The file makes the decoder write a larger file than it may'],
]);

/**
 * Runs a tool in its cage, without our environment and without input, in a process group of its own, and resolves with
 * its exit code. It rejects only once the child is gone: with the signal's reason after an abort, a `MediaTimeoutError`
 * after the deadline, an `UnreadableMediaError` when the file crashed the tool or drove it over a limit, and with a plain
 * error when it could not be started or somebody else killed it.
 */
export async function runTool(path: string, args: string[], options: RunOptions): Promise<number> {
  options.signal?.throwIfAborted();
  if (options.folder !== undefined) return runIn(options.folder, path, args, options);
  const folder = await mkdtemp(join(options.cage?.root ?? tmpdir(), 'run-'));
  try {
    return await runIn(folder, path, args, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, path: string, args: string[], options: RunOptions): Promise<number> {
  const { timeout, signal, cage } = options;
  signal?.throwIfAborted();
  const caged = [...(cage?.enter(path, resolve(folder), options.file) ?? []), path, ...args];
  // No more than all processors give until the deadline: this is for a child that has lost its server.
  const limited = ['-c', LAUNCHER, 'sh', String(Math.ceil(timeout) * availableParallelism() + 60), ...caged];
  const [file, fileArgs] = process.platform === 'win32' ? [path, args] : ['/bin/sh', limited];
  const child = spawn(file, fileArgs, {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // A group that is about to be gone is nobody's any more to some systems.
      child.kill('SIGKILL');
    }
  };
  let overrun: Error | null = null;
  const end = (reason: Error) => {
    overrun ??= reason;
    kill();
  };
  if (options.onBytes) child.stdout.on('data', options.onBytes);
  else readLines(child.stdout, options.onStdout);
  let said = 0;
  child.stdout.on('data', (chunk: Buffer | string) => {
    said += chunk.length;
    if (said <= (options.mostOutput ?? Number.POSITIVE_INFINITY)) return;
    end(new UnreadableMediaError('The file has more to describe than any video has'));
  });
  let firstError: string | null = null;
  readLines(child.stderr, (line) => {
    firstError ??= line;
    options.onStderr?.(line);
  });
  const timer = setTimeout(() => end(new MediaTimeoutError(path, timeout)), timeout * 1000);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...ending) => resolve(ending));
    });
    signal?.throwIfAborted();
    if (overrun !== null) throw overrun;
    const ending = killedBy ?? (cage?.kind === 'bubblewrap' ? signalOf(code) : null);
    const crash = ending === null ? undefined : CRASHES.get(ending);
    if (crash !== undefined) throw new UnreadableMediaError(crash);
    if (code === null || ending === 'SIGKILL') throw new Error(`${path} was killed by ${ending}`);
    // Not the tool's own words: its cage could not be made.
    if (code !== 0 && /^(bwrap|unshare|setpriv): /.test(firstError ?? '')) throw new Error(`${path}: ${firstError}`);
    return code;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

// bubblewrap ends with this code where the tool was ended by a signal.
function signalOf(code: number | null): string | null {
  const found = Object.entries(constants.signals).find(([, number]) => code !== null && number === code - 128);
  return found?.[0] ?? null;
}
