import { SearchDocument } from '../src/client/generated/graphql.ts';
import { globalId } from '../test/helpers/tasks.ts';
import type { Bench, Limit } from './bench.ts';
import { median } from './bench.ts';
import { openConnections, textOf } from './load.ts';
import type { BenchPostgres } from './postgres.ts';
import { STAYS_WARM } from './processes.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { openReplay, recordStatements, type Statement } from './statements.ts';
import { fillLibrary, HITS, type Library, momentOf, openLibrary, passes, SHARES } from './vector-library.ts';
import { DIMENSIONS, makeVectors, nearest, type Vectors } from './vectors.ts';

const FIGURE = 'p50, ms';
const QUERIES = 50;
/** Queries of one round, and rounds until V8 has compiled what a search comes through. */
const TIMED = 40;
const WARM_UP = 5;
/** Clips up to which all are compared in any case (`src/domain/search-scope.ts`). */
const MOST_COMPARED = 20_000;

type Filter = (typeof SHARES)[number]['filter'];

/**
 * Searches by a stored moment, as a user asks for it by GraphQL: no model runs. Beside it stand the very statements that
 * the request sends, recorded on their way to Postgres and sent again one after another by postgres.js; and where all
 * clips that pass are compared, a loop over their vectors in the memory of a process, which need not find them first.
 * Recall is that of the hits of each query among its true neighbours, which were found by such a loop.
 */
export async function measureSearch(
  bench: Bench,
  { cluster }: BenchPostgres,
  { clips, p50 }: { clips: number; p50: Limit },
): Promise<void> {
  const vectors = makeVectors(clips, QUERIES);
  const began = performance.now();
  const report = (text: string) => bench.note(`${text} after ${Math.round((performance.now() - began) / 1000)} s`);
  if (!(await openLibrary(cluster.url))) await fillLibrary(cluster.url, vectors, report);
  const library = await openLibrary(cluster.url);
  if (!library) throw new Error('the library was filled in vain');
  const statements = await recordSearches(cluster.url, library);
  await using server = await startBenchServer({ DATABASE_URL: cluster.url, ROLE: 'api' }, STAYS_WARM);
  const { post, close } = openConnections(`${server.url}/graphql`, 1);
  const replay = openReplay(cluster.url);
  for (const { share, filter } of SHARES.filter((each) => library.truth.has(each.share))) {
    const what = `${clips} x ${DIMENSIONS}, a filter leaves ${100 * share} %`;
    const recorded = statements.get(share) ?? [];
    const bySql = timed((query) => replay.run(recorded[query] ?? []));
    bench.state({
      what,
      figure: `recall@${HITS}`,
      value: await recall(server, library, share, filter),
      limit: { atLeast: 0.98 },
    });
    const times: number[] = [];
    // As whoever loads a server: what our client makes of the answers is not the server's.
    const bodies = Array.from({ length: TIMED }, (_, query) =>
      JSON.stringify({ query: SearchDocument, variables: searchFor(library, query, filter) }),
    );
    const byGraphql = timed(async (query) => textOf(await post(bodies[query] ?? '')));
    await bench.compare({
      what,
      warmUp: WARM_UP,
      measure: async () => {
        const figures = await byGraphql();
        times.push(figures[FIGURE] ?? Number.NaN);
        return figures;
      },
      against: [{ name: 'its bare SQL', measure: bySql, limits: { [FIGURE]: { atMost: 1.5 } } }],
    });
    bench.state({ what, figure: FIGURE, value: times.slice(WARM_UP), limit: p50 });
    if (clips * share <= MOST_COMPARED)
      await bench.compare({
        what: `${what}, the SQL alone`,
        measure: bySql,
        against: [{ name: 'a loop in memory', measure: timed(compareAll(vectors, share)), limits: { [FIGURE]: {} } }],
      });
  }
  close();
  await replay.end();
}

/** What each search of each share asks of the database. The server is one of its own, so that nothing slows the other. */
async function recordSearches(url: string, library: Library): Promise<Map<number, Statement[][]>> {
  await using recorder = await recordStatements(url);
  await using server = await startBenchServer({ DATABASE_URL: recorder.url, ROLE: 'api' });
  const found = new Map<number, Statement[][]>();
  for (const { share, filter } of SHARES.filter((each) => library.truth.has(each.share))) {
    const searches: Statement[][] = [];
    for (let query = 0; query < TIMED; query += 1) {
      recorder.take();
      await search(server, library, query, filter);
      searches.push(recorder.take());
    }
    found.set(share, searches);
  }
  return found;
}

function search({ client }: BenchServer, library: Library, query: number, filter: Filter) {
  const { input, first } = searchFor(library, query, filter);
  return client.search(input, { first });
}

function searchFor({ indexId, queryId }: Library, query: number, filter: Filter) {
  const videoSegment = { videoId: globalId('Video', { id: queryId }), startOffset: momentOf(query) };
  return { input: { indexIds: [globalId('Index', { id: indexId })], videoSegment, filter }, first: HITS };
}

/** The median time of the queries, in milliseconds. */
function timed(run: (query: number) => unknown): () => Promise<{ [FIGURE]: number }> {
  return async () => {
    const times: number[] = [];
    for (let query = 0; query < TIMED; query += 1) {
      const began = performance.now();
      await run(query);
      times.push(performance.now() - began);
    }
    return { [FIGURE]: median(times) };
  };
}

function compareAll(vectors: Vectors, share: number): (query: number) => number[] {
  const count = vectors.stored.length / DIMENSIONS;
  const clips = Array.from({ length: count }, (_, clip) => clip).filter((clip) => passes(share, clip));
  return (query) => nearest(vectors, query, clips, HITS);
}

async function recall(server: BenchServer, library: Library, share: number, filter: Filter): Promise<number> {
  const truths = library.truth.get(share) ?? [];
  let found = 0;
  for (const [query, truth] of truths.entries()) {
    const hits = await search(server, library, query, filter);
    const clips = hits.map(({ video, startOffset }) => library.numberOf({ videoId: video.id, startOffset }));
    found += truth.filter((clip) => clips.includes(clip)).length;
  }
  return found / truths.length / HITS;
}
