import type { Bench } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { measureSearch } from './vector-search.ts';

/** The same among a million, whose index takes half an hour to make: its files stay for the next time. */
export default async function searchMillion(bench: Bench): Promise<void> {
  await using postgres = await startPostgres('search-million');
  await measureSearch(bench, postgres, { clips: 1_000_000, p50: { atMost: 10 } });
}
