import type { Bench, Figures } from './bench.ts';
import { runLoad } from './load.ts';
import { type Peer, startPeer } from './peer.ts';
import { startPostgres } from './postgres.ts';
import { processorSeconds, STAYS_WARM } from './processes.ts';
import { TASK_LIST } from './task-list.ts';

const CPU = 'CPU of the server, ms/request';
const RATE = 'requests/s';

/**
 * A small schema and its tasks in memory, served by our server with all its plugins, and by others as their guides
 * start them, all with `STAYS_WARM`; each in a process of its own, asked by 10 connections that are kept alive. One
 * request, again and again, as clients do: whoever keeps parsed, validated or compiled documents has them.
 */
export default async function peers(bench: Bench): Promise<void> {
  await using postgres = await startPostgres();
  await using ours = await startPeer('ours', [await postgres.createDatabase()], STAYS_WARM);
  await using yoga = await startPeer('yoga', [], STAYS_WARM);
  await using apollo = await startPeer('apollo', [], STAYS_WARM);
  await using mercurius = await startPeer('mercurius', [], STAYS_WARM);
  await using compiled = await startPeer('mercurius', ['jit'], STAYS_WARM);
  const body = JSON.stringify({ query: TASK_LIST, variables: { indexId: 'holidays' } });
  const measure = async ({ url, pid }: Peer, path = '/graphql'): Promise<Figures> => {
    const before = processorSeconds(pid);
    const { requests, seconds } = await runLoad({ url: `${url}${path}`, body, connections: 10, duration: 1_000 });
    return { [CPU]: (1_000 * (processorSeconds(pid) - before)) / requests, [RATE]: requests / seconds };
  };
  bench.note(`All run with ${STAYS_WARM.join(' ')}.`);
  await bench.compare({
    what: 'a page of 30 tasks in memory',
    // Until then V8 still compiles, of the larger server for longer.
    warmUp: 7,
    measure: () => measure(ours),
    against: [
      {
        name: 'Apollo Server',
        measure: () => measure(apollo, '/'),
        limits: { [CPU]: { atMost: 1 / 1.5 }, [RATE]: {} },
      },
      { name: 'Yoga', measure: () => measure(yoga), limits: { [CPU]: {}, [RATE]: {} } },
      { name: 'Mercurius', measure: () => measure(mercurius), limits: { [CPU]: {}, [RATE]: {} } },
      { name: 'Mercurius with jit', measure: () => measure(compiled), limits: { [CPU]: {}, [RATE]: {} } },
    ],
  });
}
