/** Whether the figures of the full table are wanted; otherwise a few seconds of each fault, as CI runs them. */
export const isFull = process.env.FAULTS === 'full';

/** Numbers from 0 to under 1 that are the same for the same seed (Mulberry32). FAULTS_SEED takes another one. */
export function createRandom(seed = Number(process.env.FAULTS_SEED ?? 1)): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The middle, and the longest, of seconds, as the table shows them. */
export function spread(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return `${at(0.5)} s in the middle, ${at(1)} s at most`;
}
