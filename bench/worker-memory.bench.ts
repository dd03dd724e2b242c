import { setTimeout as wait } from 'node:timers/promises';
import { createVideoFiles } from '../test/faults/video-files.ts';
import { makeClip } from '../test/helpers/clips.ts';
import { type Bench, median } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { residentBytes } from './processes.ts';
import { COLLECTS_GARBAGE, startBenchServer } from './server.ts';

const TASKS = 200;
/** Tasks after which everything is loaded and its buffers have their size. */
const SETTLED = 50;
/** Readings around a point, of which the median counts. */
const READINGS = 10;
/** Milliseconds that a collection takes, at the most. */
const COLLECTION = 500;
/** Tasks that wait or run at a time, so that workers never pause. */
const AT_ONCE = 4;
const MEGABYTE = 1024 ** 2;

/**
 * The memory of a server that is its own worker, on Postgres, as the embedded database holds in the process what is stored:
 * read while it does 200 tasks on a clip of 16 s, each of bytes of its own. What it holds around the last tasks stands
 * beside what it held around the 50th. Its garbage is collected before a reading: left alone V8 lets it grow for 150 tasks.
 */
export default async function workerMemory(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await using server = await startBenchServer({
    DATABASE_URL: await postgres.createDatabase(),
    NODE_OPTIONS: COLLECTS_GARBAGE,
  });
  const { client, pid } = server;
  const index = await client.createIndex({ name: 'memory', modalities: ['VISUAL'] });
  const nextVideo = await createVideoFiles(await makeClip());
  const [settled, last]: [number[], number[]] = [[], []];
  let [begun, done] = [0, 0];
  async function work(): Promise<void> {
    while (begun < TASKS) {
      begun += 1;
      const videoFile = new File([nextVideo().bytes], 'clip.mp4');
      const { id } = await client.uploadTask({ indexId: index.id, videoFile });
      await client.waitForTask(id);
      done += 1;
      const readings = Math.abs(done - SETTLED) <= READINGS / 2 ? settled : done > TASKS - READINGS ? last : undefined;
      if (readings) readings.push(await readCollected(pid));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const what = `${TASKS} tasks of 16 s`;
  bench.state({ what, figure: `resident around the ${SETTLED}th, MB`, value: settled });
  bench.state({ what, figure: `resident around the last ${READINGS}, MB`, value: last });
  bench.state({
    what,
    figure: `last / ${SETTLED}th`,
    value: median(last) / median(settled),
    limit: { atMost: 1.05 },
  });
}

async function readCollected(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  await wait(COLLECTION);
  return residentBytes(pid).now / MEGABYTE;
}
