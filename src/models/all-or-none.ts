import pLimit from 'p-limit';

/**
 * Does work on each item, `atOnce` of them at a time or all, and gives the results in the items' order. Where one fails,
 * or the signal aborts, no more are begun, those that run are told by their signal, and it throws the reason once they
 * have ended.
 */
export async function allOrNone<Item, Result>(
  items: readonly Item[],
  { signal, atOnce = Math.max(1, items.length) }: { signal?: AbortSignal | undefined; atOnce?: number },
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const ends = AbortSignal.any([failure.signal, ...(signal ? [signal] : [])]);
  const limit = pLimit(atOnce);
  const running = items.map((item) =>
    limit(async () => {
      ends.throwIfAborted();
      try {
        return await work(item, ends);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    }),
  );
  await Promise.allSettled(running);
  ends.throwIfAborted();
  return Promise.all(running);
}
