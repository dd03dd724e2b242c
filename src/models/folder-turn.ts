import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds between two signs of life of the one who has the turn; after six without one, it counts as dead. */
const SIGN_OF_LIFE = 5_000;
/** Milliseconds between two looks at whether the turn is free. */
const LOOK_AGAIN = 250;

/**
 * Does `work` while no other process, on this machine or another that shares the disk, does any under the same lock file.
 * A turn that a killed process has left behind is taken over.
 * @param onWait is called when another has it
 */
export async function inTurn<T>(
  file: string,
  { signal, onWait }: { signal?: AbortSignal | undefined; onWait?: (() => void) | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const own = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  const holder = `${hostname()} ${process.pid} ${randomUUID()}`;
  await writeFile(own, holder);
  try {
    for (let waits = 0; !(await tryTurn(own, file)); waits++) {
      if (waits === 0) onWait?.();
      await wait(LOOK_AGAIN, undefined, { signal });
    }
  } finally {
    await rm(own, { force: true });
  }
  const alive = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), SIGN_OF_LIFE);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    // Who stood still for long, as in a machine that slept, may have lost the turn to another.
    const present = await readFile(file, 'utf8').catch(() => '');
    if (present === holder) await rm(file, { force: true });
  }
}

async function tryTurn(own: string, file: string): Promise<boolean> {
  // The file appears with its content in one step, and for one taker only.
  if (await succeeds(link(own, file))) return true;
  if (!(await isAbandoned(file))) return false;
  const aside = `${own}.aside`;
  if (!(await succeeds(rename(file, aside)))) return false;
  // Between the look and the rename another may have taken it over, and put its own there.
  if (!(await isAbandoned(aside))) await succeeds(link(aside, file));
  await rm(aside, { force: true });
  return succeeds(link(own, file));
}

async function isAbandoned(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return false;
  if (Date.now() - found.mtimeMs > 6 * SIGN_OF_LIFE) return true;
  const [host, pid] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function succeeds(done: Promise<unknown>): Promise<boolean> {
  return done.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
