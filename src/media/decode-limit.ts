import pLimit from 'p-limit';

/** Runs `work` as soon as it may; rejects with the signal's reason when that aborts before. */
type DecodeLimit = <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;

/** Lets `most` pieces of work run at once, and has others wait. What runs when its signal aborts has to end itself. */
export function createDecodeLimit(most: number): DecodeLimit {
  const limit = pLimit(most);
  return (work, signal) =>
    new Promise((resolve, reject) => {
      const giveUp = () => reject(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (signal?.aborted) giveUp();
      limit(async () => {
        signal?.removeEventListener('abort', giveUp);
        signal?.throwIfAborted();
        return work();
      }).then(resolve, reject);
    });
}
