import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Figures } from './bench.ts';
import { DIMENSIONS } from './vectors.ts';

/** As many as PGlite, which has one thread, indexes in the time that there is. */
const CLIPS = 5_000;
const P50 = 'p50, ms';

/**
 * The database that is embedded in a server beside what is made for nothing but vectors: the same ones, as many
 * neighbours and candidates for each, unfiltered, each in a process of its own. Only the searches go by turns.
 */
export default async function searchPeers(bench: Bench): Promise<void> {
  await using pglite = await startPeer(bench, 'pglite');
  await using hnswlib = await startPeer(bench, 'hnswlib');
  await using lancedb = await startPeer(bench, 'lancedb');
  const against = [
    { name: 'hnswlib-node', measure: hnswlib.measure, limits: { [P50]: {} } },
    { name: 'LanceDB', measure: lancedb.measure, limits: { [P50]: {} } },
  ];
  await bench.compare({ what: `${CLIPS} x ${DIMENSIONS} in PGlite`, measure: pglite.measure, against });
}

interface Peer extends AsyncDisposable {
  measure: () => Promise<Figures>;
}

/** Starts `peers/NAME.ts`, waits until it has built its index, and tells what that took and how good it is. */
async function startPeer(bench: Bench, name: string): Promise<Peer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'peers', `${name}.ts`), String(CLIPS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<Figures> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended early`);
    return JSON.parse(value);
  };
  const measure = async () => {
    child.stdin.write('\n');
    const { p50 = Number.NaN, recall = Number.NaN } = await answer();
    return { [P50]: p50, recall };
  };
  const what = `${CLIPS} x ${DIMENSIONS} in ${name}`;
  const { seconds = Number.NaN, megabytes = Number.NaN } = await answer();
  bench.state({ what, figure: 'build, s', value: seconds });
  bench.state({ what, figure: 'memory, MB', value: megabytes });
  bench.state({ what, figure: 'recall@10', value: (await measure()).recall ?? Number.NaN });
  return {
    measure,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await gone;
    },
  };
}
