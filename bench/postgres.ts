import { join } from 'node:path';
import { createPostgresDatabase } from '../test/helpers/database.ts';
import { type PostgresCluster, startCluster } from '../test/helpers/postgres-cluster.ts';

/** As on a machine that has 16 GB for it; all else is what Postgres does unless told. */
const SETTINGS = [
  'shared_buffers=4GB',
  'effective_cache_size=12GB',
  'maintenance_work_mem=4GB',
  'max_wal_size=8GB',
  'random_page_cost=1.1',
];
const KEPT = join(import.meta.dirname, '.cache');

/** A Postgres server of the benchmark's own, in a folder under `/tmp`, durable as it comes. */
export interface BenchPostgres extends AsyncDisposable {
  cluster: PostgresCluster;
  /** An empty database on it. */
  createDatabase(): Promise<string>;
}

/**
 * Starts one.
 * @param keep a name under which its files stay in `bench/.cache`, for data that take long to make
 */
export async function startPostgres(keep?: string): Promise<BenchPostgres> {
  const cluster = await startCluster({ settings: SETTINGS, ...(keep && { keep: join(KEPT, keep) }) });
  return {
    cluster,
    createDatabase: async () => (await createPostgresDatabase(cluster.url)).url,
    [Symbol.asyncDispose]: () => cluster.remove(),
  };
}
