import { setTimeout as wait } from 'node:timers/promises';
import { type Bench, type Figures, quantile } from './bench.ts';
import { followTask, openListeners } from './listeners.ts';
import { startPeer } from './peer.ts';
import { startPostgres } from './postgres.ts';
import { processorSeconds } from './processes.ts';
import { startBenchServer } from './server.ts';
import { makeTasks, storeTasks } from './task-list.ts';
import { createWriters } from './writers.ts';

const MOST_SOCKETS = 2_000;
/** Events of a round. */
const EVENTS = 15;
/** Milliseconds for which writers write in a round. */
const WRITING = 1_500;
const CPU = 'CPU of the server, ms/event';
const RATE = 'transactions/s';

/**
 * What subscriptions cost. First the time from a commit until subscribers of one task have its new progress, and the
 * server's processor time beside that of `ws` alone which sends all its sockets the same bytes. Then how many
 * transactions a second advance tasks while changes are announced and heard, beside the same ones that nobody hears of.
 */
export default async function events(bench: Bench): Promise<void> {
  await using pg = await startPostgres();
  const databaseUrl = await pg.createDatabase();
  {
    const settings = { DATABASE_URL: databaseUrl, ROLE: 'api', MAX_CONNECTIONS: String(3 * MOST_SOCKETS) };
    await using server = await startBenchServer(settings);
    await using broadcast = await startPeer('bare-broadcast');
    await using writers = await createWriters(databaseUrl, 1, true);
    for (const sockets of [1, 100, MOST_SOCKETS]) {
      const [task] = makeTasks(1);
      if (!task) throw new Error('there is no task');
      await storeTasks(databaseUrl, [task], 'INDEXING');
      const globalId = Buffer.from(`Task:${task.id}`).toString('base64');
      const endpoint = `${server.url}/graphql`;
      using listeners = await openListeners(endpoint, sockets, {
        protocols: ['graphql-transport-ws'],
        begin: (socket) => followTask(socket, globalId),
      });
      let progress = 0;
      const tell = async (): Promise<number[]> => {
        progress += 0.001;
        await writers.report(task, progress);
        const committed = performance.now();
        return (await listeners.nextOfEach()).map((came) => came - committed);
      };
      const took: number[] = [];
      for (let n = 0; n < EVENTS; n++) took.push(...(await tell()));
      const what = sockets === 1 ? '1 subscriber' : `${sockets} subscribers`;
      bench.state({ what, figure: 'commit to client, p50 ms', value: quantile(took, 0.5) });
      bench.state({ what, figure: 'commit to client, p99 ms', value: quantile(took, 0.99) });
      if (sockets < MOST_SOCKETS) continue;

      using others = await openListeners(broadcast.url, sockets);
      const measure = async (pid: number, send: () => Promise<unknown>): Promise<Figures> => {
        const before = processorSeconds(pid);
        for (let n = 0; n < EVENTS; n++) await send();
        // What is done after the last event has come is done for it, too.
        await wait(50);
        return { [CPU]: (1_000 * (processorSeconds(pid) - before)) / EVENTS };
      };
      const body = listeners.lastMessage();
      await bench.compare({
        what,
        measure: () => measure(server.pid, tell),
        against: [
          {
            name: 'bare ws broadcast',
            measure: () =>
              measure(broadcast.pid, async () => {
                await fetch(broadcast.url, { method: 'POST', body });
                await others.nextOfEach();
              }),
            limits: { [CPU]: { atMost: 2.2 } },
          },
        ],
      });
    }
  }
  for (const count of [8, 32]) {
    const [heard, unheard] = [makeTasks(count), makeTasks(count)];
    await storeTasks(databaseUrl, [...heard, ...unheard], 'INDEXING');
    await using on = await createWriters(databaseUrl, count, true);
    await using off = await createWriters(databaseUrl, count, false);
    await bench.compare({
      what: `${count} writers`,
      measure: async () => ({ [RATE]: await on.advanceAll(heard, WRITING) }),
      against: [
        {
          name: 'without events',
          measure: async () => ({ [RATE]: await off.advanceAll(unheard, WRITING) }),
          limits: { [RATE]: { atLeast: 0.9 } },
        },
      ],
    });
  }
}
