import { setTimeout as wait } from 'node:timers/promises';
import { createVideoFiles } from '../test/faults/video-files.ts';
import { makeClip } from '../test/helpers/clips.ts';
import type { Bench } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { residentBytes } from './processes.ts';
import { COLLECTS_GARBAGE, startBenchServer } from './server.ts';

/**
 * Tasks before those that are compared: things are loaded, and each thread's part of malloc comes to hold the most that the
 * thread has needed at once, which is freed into it and not to the system.
 */
const WARM_UP = 50;
const COMPARED = 200;
const TASKS = WARM_UP + COMPARED;
/** The first and the last fifty of the tasks that are compared. */
const EARLY = [WARM_UP + 1, WARM_UP + 50] as const;
const LATE = [TASKS - 49, TASKS] as const;
/** Milliseconds that a collection takes, at the most. */
const COLLECTION = 500;
/** Tasks that wait or run at a time, so that workers never pause. */
const AT_ONCE = 4;
const MEGABYTE = 1024 ** 2;

/**
 * The memory of a server that is its own worker, on Postgres, as the embedded database holds in the process what is stored:
 * read after each of 250 tasks on a clip of 16 s, each of bytes of its own, once the garbage of all threads is collected.
 * The least of the last fifty readings stands beside that of the first fifty: a leak is in every reading, and of 0.2 MB a
 * task, 30 MB from the one fifty to the other, it is too much.
 */
export default async function workerMemory(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await using server = await startBenchServer({ DATABASE_URL: await postgres.createDatabase() }, COLLECTS_GARBAGE);
  const { client, pid } = server;
  const index = await client.createIndex({ name: 'memory', modalities: ['VISUAL'] });
  const nextVideo = await createVideoFiles(await makeClip());
  const readings: number[] = [];
  let begun = 0;
  async function work(): Promise<void> {
    while (begun < TASKS) {
      begun += 1;
      const videoFile = new File([nextVideo().bytes], 'clip.mp4');
      const { id } = await client.uploadTask({ indexId: index.id, videoFile });
      await client.waitForTask(id);
      readings.push(await readCollected(pid));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const leastOf = ([first, last]: readonly [number, number]) => Math.min(...readings.slice(first - 1, last));
  const what = `${TASKS} tasks of 16 s`;
  const describe = ([first, last]: readonly [number, number]) => `least resident after tasks ${first} to ${last}`;
  for (const tasks of [EARLY, LATE]) bench.state({ what, figure: `${describe(tasks)}, MB`, value: leastOf(tasks) });
  const value = leastOf(LATE) / leastOf(EARLY);
  bench.state({ what, figure: 'late / early', value, limit: { atMost: 1.05 } });
}

async function readCollected(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  await wait(COLLECTION);
  return residentBytes(pid).now / MEGABYTE;
}
