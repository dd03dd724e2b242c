import { createRandom } from './random.ts';

/** Numbers of a vector, as CLIP and MobileCLIP make them. */
export const DIMENSIONS = 512;
/** Vectors of one cluster, in the mean. */
const CLUSTER = 100;
/** How far the vectors of a cluster lie apart, where the clusters' middles lie 1 apart. */
const SPREAD = 0.6;
const NORMAL_VALUES = 1 << 16;

/** Vectors of length 1 one after another, as half precision holds them. */
export interface Vectors {
  /** What is searched. */
  stored: Float32Array;
  /** What is searched for: others, out of the same clusters. */
  queries: Float32Array;
}

/**
 * Makes vectors like those of real pictures, the same for the same numbers: overlapping clusters, each number of a vector
 * varying less than the one before it, so that they fill some 28 of the 512 dimensions. Where all vary alike, everything
 * is equally far from everything, and no neighbour means more than another.
 */
export function makeVectors(stored: number, queries: number): Vectors {
  const random = createRandom(20_240_229);
  const scales = Float32Array.from({ length: DIMENSIONS }, (_, n) => (n + 1) ** -0.5);
  const normal = normalValues();
  const draw = () => normal[random() & (NORMAL_VALUES - 1)] ?? 0;
  const clusters = Math.ceil(stored / CLUSTER);
  const middles = Float32Array.from(
    { length: clusters * DIMENSIONS },
    (_, n) => draw() * (scales[n % DIMENSIONS] ?? 0),
  );
  const fill = (count: number) => {
    const vectors = new Float32Array(count * DIMENSIONS);
    for (let start = 0; start < vectors.length; start += DIMENSIONS) {
      const middle = (random() % clusters) * DIMENSIONS;
      let squares = 0;
      for (let n = 0; n < DIMENSIONS; n += 1) {
        const value = (middles[middle + n] ?? 0) + SPREAD * draw() * (scales[n] ?? 0);
        vectors[start + n] = value;
        squares += value * value;
      }
      const length = Math.sqrt(squares);
      for (let n = start; n < start + DIMENSIONS; n += 1) vectors[n] = Math.f16round((vectors[n] ?? 0) / length);
    }
    return vectors;
  };
  return { stored: fill(stored), queries: fill(queries) };
}

/** The dot product of one of the vectors and one of the queries, by their numbers. */
function similarity({ stored, queries }: Vectors, at: number, query: number): number {
  const [a, b] = [at * DIMENSIONS, query * DIMENSIONS];
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let n = 0; n < DIMENSIONS; n += 4) {
    first += (stored[a + n] as number) * (queries[b + n] as number);
    second += (stored[a + n + 1] as number) * (queries[b + n + 1] as number);
    third += (stored[a + n + 2] as number) * (queries[b + n + 2] as number);
    fourth += (stored[a + n + 3] as number) * (queries[b + n + 3] as number);
  }
  return first + second + third + fourth;
}

/** The `count` vectors among `candidates` that are nearest to a query, best first. Compares all of them. */
export function nearest(vectors: Vectors, query: number, candidates: Iterable<number>, count: number): number[] {
  const best: { at: number; score: number }[] = [];
  for (const at of candidates) {
    const score = similarity(vectors, at, query);
    if (best.length === count && score <= (best.at(-1)?.score ?? 0)) continue;
    const place = best.findIndex((other) => other.score < score);
    best.splice(place < 0 ? best.length : place, 0, { at, score });
    if (best.length > count) best.pop();
  }
  return best.map(({ at }) => at);
}

/** The normal distribution in so many values of the same likelihood each: looked up, they cost a tenth of drawn ones. */
function normalValues(): Float32Array {
  const random = createRandom(88_172_645);
  const uniform = () => (random() + 1) / 2 ** 32;
  return Float32Array.from(
    { length: NORMAL_VALUES },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
