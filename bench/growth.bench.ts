import { openPostgres } from '../src/db/postgres.ts';
import { createVideoFiles } from '../test/faults/video-files.ts';
import { makeClip } from '../test/helpers/clips.ts';
import { type Bench, type Figures, median } from './bench.ts';
import { fillLibrary, LIBRARY } from './library.ts';
import { startPostgres } from './postgres.ts';
import { type BenchServer, startBenchServer } from './server.ts';

/** Videos that are stored, each of so many segments. */
const [MOST, SIZES, SEGMENTS_EACH] = [10_000, [10, 100, 1000], 4];
const [FIRST_PAGE, LAST_PAGE, SEARCH] = ['tasks, first page, ms', 'tasks, last page, ms', 'search, ms'];
const INDEX = 'a small clip, stored to READY, ms';
/** Flat, but for the noise and the levels of the trees. */
const FLAT = { atMost: 1.2 };
/** Requests of a round. */
const REPEATS = 20;

const PAGE = `query ($first: Int, $last: Int, $after: String) {
  tasks(first: $first, last: $last, after: $after) {
    pageInfo { startCursor }
    edges { node { id status progress createdAt updatedAt } }
  }
}`;

/**
 * What a request and a task cost where much is stored, beside the same where little is: the same server on databases of
 * other sizes, all of them on one Postgres. A search compares all segments up to 20,000 and walks an index beyond.
 */
export default async function growth(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await using servers = new AsyncDisposableStack();
  const clip = await makeClip({ seconds: 4, width: 320, height: 180, fps: 10 });
  const createMeasure = async (size: number) => {
    const url = await postgres.createDatabase();
    const db = openPostgres({ url });
    await fillLibrary(db, { videos: size, segmentsEach: SEGMENTS_EACH }).finally(() => db.close());
    return createProbe(servers.use(await startBenchServer({ DATABASE_URL: url })), clip);
  };
  const limits = { [FIRST_PAGE]: FLAT, [LAST_PAGE]: FLAT, [SEARCH]: {}, [INDEX]: FLAT };
  const against: { name: string; measure: () => Promise<Figures>; limits: typeof limits }[] = [];
  for (const size of SIZES) against.push({ name: `${size} videos`, measure: await createMeasure(size), limits });
  await bench.compare({ what: `${MOST} videos`, measure: await createMeasure(MOST), against });
  bench.note(
    `A search of ${MOST * SEGMENTS_EACH} segments walks the HNSW index, whose cost grows by the logarithm; those of the others compare all.`,
  );
}

/** Each request so many times, and one task. */
async function createProbe({ url, client }: BenchServer, clip: string): Promise<() => Promise<Figures>> {
  const index = await client.findIndex(LIBRARY);
  if (!index) throw new Error('the library has no index');
  const small = await client.createIndex({
    name: 'small',
    modalities: ['VISUAL'],
    validation: { minDuration: 1, minHeight: 1 },
  });
  const nextVideo = await createVideoFiles(clip);
  const ask = async (variables: object): Promise<string> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: PAGE, variables }),
    });
    const { data } = (await response.json()) as { data: { tasks: { pageInfo: { startCursor: string } } } };
    return data.tasks.pageInfo.startCursor;
  };
  return async () => {
    const after = await ask({ last: 10 });
    const videoFile = new File([nextVideo().bytes], 'clip.mp4');
    const { id } = await client.uploadTask({ indexId: small.id, videoFile });
    const { createdAt, updatedAt } = await client.waitForTask(id);
    return {
      [FIRST_PAGE]: await time(() => ask({ first: 10 })),
      [LAST_PAGE]: await time(() => ask({ first: 10, after })),
      [SEARCH]: await time(() => client.search({ indexIds: [index.id], text: 'dog' })),
      [INDEX]: Date.parse(updatedAt) - Date.parse(createdAt),
    };
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return median(took);
}
