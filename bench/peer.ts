import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A peer, or a floor, in a process of its own. */
export interface Peer extends AsyncDisposable {
  url: string;
  pid: number;
}

/**
 * Starts `bench/peers/NAME.ts`, which writes its URL as the first line, and ends when its input does.
 * @throws Error when it ends before
 */
export async function startPeer(name: string, args: readonly string[] = []): Promise<Peer> {
  const file = join(import.meta.dirname, 'peers', `${name}.ts`);
  // Our server is told so by itself; its own settings for development cost a peer what they are not to be measured for.
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  for await (const url of createInterface(child.stdout)) {
    child.stdout.resume();
    return {
      url,
      pid: child.pid ?? 0,
      async [Symbol.asyncDispose]() {
        child.stdin.end();
        await gone;
      },
    };
  }
  throw new Error(`the peer ${name} ended before it listened`);
}
