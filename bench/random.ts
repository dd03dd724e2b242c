/** Numbers of 32 bits that only chance seems to make, the same ones for the same seed (Marsaglia, xorshift, 2003). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
