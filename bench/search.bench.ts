import type { Bench } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { measureSearch } from './vector-search.ts';

/** Searches among 100,000 clips; what is measured, `measureSearch` says. */
export default async function search(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await measureSearch(bench, postgres, { clips: 100_000, p50: {} });
}
