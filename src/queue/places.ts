import { QueueFullError } from './queue-full-error.ts';

/** Visits that the expected duration of the next one is computed from. */
const RECENT = 20;

/** Places in this process that are held for as long as something lasts, so many for each holder. */
export interface Places {
  /** Takes a place while `visit` runs. @throws QueueFullError at once when none is free, and whatever `visit` throws */
  enter<Result>(holder: string, visit: () => Promise<Result>): Promise<Result>;
}

/** @param each places of one holder */
export function createPlaces(each: number): Places {
  const taken = new Map<string, number>();
  const durations: number[] = [];

  /** Seconds in which one of a holder's visits will have ended, if those that have begun are evenly far on. */
  function secondsUntilFree(): number {
    const usual = durations.reduce((sum, seconds) => sum + seconds, 0) / (durations.length || 1);
    return Math.max(1, Math.ceil(usual / each));
  }

  function leave(holder: string): void {
    const others = (taken.get(holder) ?? 1) - 1;
    if (others > 0) taken.set(holder, others);
    else taken.delete(holder);
  }

  return {
    async enter(holder, visit) {
      const before = taken.get(holder) ?? 0;
      if (before >= each) throw new QueueFullError(each, secondsUntilFree(), holder);
      taken.set(holder, before + 1);
      const started = performance.now();
      try {
        return await visit();
      } finally {
        leave(holder);
        durations.push((performance.now() - started) / 1000);
        if (durations.length > RECENT) durations.shift();
      }
    },
  };
}
