import type { Bench, Figures } from './bench.ts';
import { startScript } from './peer.ts';
import { DIMENSIONS } from './vectors.ts';

/** As many as PGlite, which has one thread, indexes in the time that there is. */
const CLIPS = 5_000;
const P50 = 'p50, ms';

/**
 * The database that is embedded in a server beside what is made for nothing but vectors: the same ones, as many
 * neighbours and candidates for each, unfiltered, each in a process of its own. Only the searches go by turns.
 */
export default async function searchPeers(bench: Bench): Promise<void> {
  await using pglite = await startSearched(bench, 'pglite');
  await using hnswlib = await startSearched(bench, 'hnswlib');
  await using lancedb = await startSearched(bench, 'lancedb');
  const against = [
    { name: 'hnswlib-node', measure: hnswlib.measure, limits: { [P50]: {} } },
    { name: 'LanceDB', measure: lancedb.measure, limits: { [P50]: {} } },
  ];
  await bench.compare({ what: `${CLIPS} x ${DIMENSIONS} in PGlite`, measure: pglite.measure, against });
}

interface Searched extends AsyncDisposable {
  measure: () => Promise<Figures>;
}

/** Starts a peer, waits until it has built its index, and tells what that took and how good it is. */
async function startSearched(bench: Bench, name: string): Promise<Searched> {
  const script = startScript(name, [String(CLIPS)]);
  const answer = async (): Promise<Figures> => JSON.parse(await script.nextLine());
  const measure = async () => {
    script.ask();
    const { p50 = Number.NaN, recall = Number.NaN } = await answer();
    return { [P50]: p50, recall };
  };
  const what = `${CLIPS} x ${DIMENSIONS} in ${name}`;
  const { seconds = Number.NaN, megabytes = Number.NaN } = await answer();
  bench.state({ what, figure: 'build, s', value: seconds });
  bench.state({ what, figure: 'memory, MB', value: megabytes });
  bench.state({ what, figure: 'recall@10', value: (await measure()).recall ?? Number.NaN });
  return { ...script, measure };
}
