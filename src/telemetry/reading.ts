/** Milliseconds for which a reading is good at least. */
const YOUNGEST = 5_000;
/** How many times longer than it took it is good for: reading never takes more than a hundredth of the time. */
const PATIENCE = 100;

/** Reads something that costs, as often as it may; whoever asks meanwhile has the last reading. */
export function createReading(read: () => Promise<void>): () => Promise<void> {
  let goodUntil = 0;
  let reading: Promise<void> | undefined;
  return async () => {
    const started = performance.now();
    if (started < goodUntil && !reading) return;
    reading ??= read().finally(() => {
      const now = performance.now();
      goodUntil = now + Math.max(YOUNGEST, PATIENCE * (now - started));
      reading = undefined;
    });
    await reading;
  };
}
