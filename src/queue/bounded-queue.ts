import pLimit from 'p-limit';
import { createPlaces } from './places.ts';
import { QueueFullError } from './queue-full-error.ts';

/** Runs that the expected duration of the next one is computed from. */
const RECENT = 20;
/** Seconds that a run is expected to take, until the first one has ended. */
const ASSUMED = 1;
/** The part of the places that one holder may take, rounded up: nobody keeps out all others. */
const SHARE = 1 / 4;

/** Does work when it is its turn, first come, first served. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A queue in this process, for requests that are answered at once: it refuses rather than grow without end. */
export interface BoundedQueue {
  /**
   * Takes a place while `visit` runs, which prepares its work, and does it in `inTurn`. One holder has at most a quarter
   * of the places, rounded up.
   * @throws QueueFullError, and whatever `visit` throws
   */
  enter<Result>(holder: string, visit: (inTurn: InTurn) => Promise<Result>): Promise<Result>;
}

/**
 * @param options.places visits at once, those that wait among them
 * @param options.running how many of them do their work at once
 */
export function createBoundedQueue({ places, running }: { places: number; running: number }): BoundedQueue {
  const limit = pLimit(running);
  const shares = createPlaces(Math.ceil(places * SHARE));
  const durations: number[] = [];
  let taken = 0;

  const inTurn: InTurn = (work) =>
    limit(async () => {
      const started = performance.now();
      try {
        return await work();
      } finally {
        durations.push((performance.now() - started) / 1000);
        if (durations.length > RECENT) durations.shift();
      }
    });

  /** Rounded up to milliseconds: never sooner than it is worth while. */
  function secondsUntilServed(): number {
    const usual = durations.reduce((sum, seconds) => sum + seconds, 0) / durations.length || ASSUMED;
    return Math.ceil((1000 * usual * taken) / running) / 1000;
  }

  return {
    async enter(holder, visit) {
      if (taken >= places) throw new QueueFullError(places, secondsUntilServed());
      taken += 1;
      try {
        return await shares.enter(holder, () => visit(inTurn));
      } finally {
        taken -= 1;
      }
    },
  };
}
