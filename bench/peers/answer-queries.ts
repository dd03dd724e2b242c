import { createInterface } from 'node:readline';
import { median } from '../bench.ts';
import { DIMENSIONS, makeVectors, nearest } from '../vectors.ts';

/** Hits of a query. */
export const HITS = 10;
/** Neighbours of a vector, candidates among which they are chosen, and candidates of a search: for all the same. */
export const HNSW = { neighbours: 16, building: 200, searching: 100 };

/** Finds the numbers of the vectors that are nearest to one. */
type Search = (query: Float32Array) => Promise<number[]> | number[];

/**
 * Builds what `build` builds of as many vectors as the first argument says and tells of its seconds and of the megabytes
 * that it made the process grow by; then answers each line of the input with the median milliseconds of a search and the
 * recall. Ends with its input.
 */
export async function answerQueries(build: (vectors: readonly Float32Array[]) => Promise<Search>): Promise<void> {
  const vectors = makeVectors(Number(process.argv[2]), 50);
  const split = (numbers: Float32Array) =>
    Array.from({ length: numbers.length / DIMENSIONS }, (_, n) =>
      numbers.subarray(n * DIMENSIONS, (n + 1) * DIMENSIONS),
    );
  const [stored, queries] = [split(vectors.stored), split(vectors.queries)];
  const truth = queries.map((_, query) => nearest(vectors, query, stored.keys(), HITS));
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const search = await build(stored);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({ seconds, megabytes: (process.memoryUsage().rss - before) / 1e6 }));
  for await (const _ of createInterface(process.stdin)) {
    const times: number[] = [];
    let found = 0;
    for (const [at, query] of queries.entries()) {
      const asked = performance.now();
      const hits = await search(query);
      times.push(performance.now() - asked);
      found += (truth[at] ?? []).filter((number) => hits.includes(number)).length;
    }
    console.log(JSON.stringify({ p50: median(times), recall: found / queries.length / HITS }));
  }
}
