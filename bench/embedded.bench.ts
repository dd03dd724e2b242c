import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../src/db/client.ts';
import { openPglite } from '../src/db/pglite.ts';
import { openPostgres } from '../src/db/postgres.ts';
import { createVideoFiles } from '../test/faults/video-files.ts';
import { makeClip } from '../test/helpers/clips.ts';
import { type Bench, type Figures, median } from './bench.ts';
import { fillLibrary, LIBRARY } from './library.ts';
import { startPostgres } from './postgres.ts';
import { type BenchServer, startBenchServer } from './server.ts';

const [VIDEOS, SEGMENTS_EACH] = [2000, 10];
const SEGMENTS = VIDEOS * SEGMENTS_EACH;
/** Made once, as PGlite takes a minute for it. */
const KEPT = join(import.meta.dirname, '.cache', `embedded-${SEGMENTS}`);
const START = 'start to /ready, s';
const SEARCH = 'search, p50 ms';
const STALL = 'longest stall of the event loop, ms';
/** Searches of a round, at the least: it lasts as long as the task. */
const SEARCHES = 20;

/**
 * The embedded database beside Postgres, each under a server process of its own on the same rows: how long a start takes,
 * and what one client's searches take, one after another, while a task decodes and embeds a clip. The longest stall is what
 * the server's own clock has seen in a round (`nodejs_eventloop_lag_max_seconds`).
 */
export default async function embedded(bench: Bench): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-bench-'));
  await using postgres = await startPostgres();
  try {
    await keepEmbedded();
    await cp(KEPT, folder, { recursive: true });
    const url = await postgres.createDatabase();
    await fill(openPostgres({ url }));
    const beside = { DATABASE_URL: url, DATA_DIR: join(folder, 'beside') };
    await mkdir(beside.DATA_DIR);
    await bench.compare({
      what: `a data folder of ${SEGMENTS} segments`,
      measure: () => start({ DATA_DIR: folder }),
      against: [{ name: 'on Postgres', measure: () => start(beside), limits: { [START]: {} } }],
    });
    await using own = await startBenchServer({ DATA_DIR: folder });
    await using other = await startBenchServer(beside);
    const stalls: number[] = [];
    const searchOwn = await createSearcher(own);
    await bench.compare({
      what: `${SEGMENTS} segments, while a task indexes`,
      async measure() {
        const figures = await searchOwn();
        stalls.push(figures[STALL] ?? Number.NaN);
        return figures;
      },
      against: [
        {
          name: 'on Postgres',
          measure: await createSearcher(other),
          limits: { [SEARCH]: { atMost: 3 }, [STALL]: {} },
        },
      ],
    });
    // The first is that of the warm-up.
    const value = Math.max(...stalls.slice(1));
    bench.state({ what: 'all of these rounds', figure: STALL, value, limit: { atMost: 200 } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(settings: Record<string, string>): Promise<Figures> {
  const began = performance.now();
  await using server = await startBenchServer(settings);
  while (!(await fetch(`${server.url}/ready`)).ok);
  return { [START]: (performance.now() - began) / 1000 };
}

/** Runs one task, and searches meanwhile. */
async function createSearcher({ client, metric }: BenchServer): Promise<() => Promise<Figures>> {
  const index = await client.findIndex(LIBRARY);
  if (!index) throw new Error('the library has no index');
  const nextVideo = await createVideoFiles(await makeClip());
  const readStall = async () => 1000 * (await metric('nodejs_eventloop_lag_max_seconds'));
  return async () => {
    // What is read begins anew.
    await readStall();
    const videoFile = new File([nextVideo().bytes], 'clip.mp4');
    const { id } = await client.uploadTask({ indexId: index.id, videoFile });
    const task = { isOver: false };
    const ended = client.waitForTask(id).finally(() => {
      task.isOver = true;
    });
    const took: number[] = [];
    while (!task.isOver || took.length < SEARCHES) {
      const began = performance.now();
      await client.search({ indexIds: [index.id], text: 'dog' });
      took.push(performance.now() - began);
    }
    await ended;
    return { [SEARCH]: median(took), [STALL]: await readStall() };
  };
}

async function keepEmbedded(): Promise<void> {
  if (await stat(KEPT).catch(() => undefined)) return;
  const draft = `${KEPT}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await fill(await openPglite({ folder: join(draft, 'database') }));
  await rename(draft, KEPT);
}

async function fill(db: Database): Promise<void> {
  try {
    await fillLibrary(db, { videos: VIDEOS, segmentsEach: SEGMENTS_EACH });
  } finally {
    await db.close();
  }
}
