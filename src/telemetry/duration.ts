/** Seconds since a time of `performance.now()`, to a microsecond: digits beyond that only fill the log. */
export function secondsSince(started: number): number {
  return Math.round(1000 * (performance.now() - started)) / 1_000_000;
}
