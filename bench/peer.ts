import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A peer, or a floor, in a process of its own. */
export interface Peer extends AsyncDisposable {
  url: string;
  pid: number;
}

/** A script of `peers` that answers in lines. */
export interface PeerScript extends AsyncDisposable {
  pid: number;
  /** The next line that it writes. @throws Error when it ends before */
  nextLine(): Promise<string>;
  /** Asks it for one. */
  ask(): void;
}

/** Starts `bench/peers/NAME.ts`, which ends when its input does. @param options of Node */
export function startScript(name: string, args: readonly string[] = [], options: readonly string[] = []): PeerScript {
  const file = join(import.meta.dirname, 'peers', `${name}.ts`);
  // Our server is told so by itself; its own settings for development cost a peer what they are not to be measured for.
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, [...options, file, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the peer ${name} ended before it answered`);
      return value;
    },
    ask: () => child.stdin.write('\n'),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await gone;
    },
  };
}

/** Starts one that serves, and writes its URL as the first line. @throws Error when it ends before */
export async function startPeer(
  name: string,
  args: readonly string[] = [],
  options: readonly string[] = [],
): Promise<Peer> {
  const script = startScript(name, args, options);
  return { ...script, url: await script.nextLine() };
}
