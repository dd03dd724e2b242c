import type { Bench, Figures } from './bench.ts';
import { median } from './bench.ts';
import { runLoad } from './load.ts';
import { startPeer } from './peer.ts';
import { startPostgres } from './postgres.ts';
import { processorSeconds, STAYS_WARM } from './processes.ts';
import { startBenchServer } from './server.ts';
import { openReplay, recordStatements, type Statement } from './statements.ts';
import { makeTasks, storeTasks, TASK_LIST } from './task-list.ts';

const TASKS = 2_000;
/** Connections that ask at the same time, and milliseconds for which they do. */
const BUSY = { connections: 10, duration: 1_200 };
const ALONE = { connections: 1, duration: 600 };
/** Rounds until V8 has compiled what comes again, of the larger server the longest. */
const WARM_UP = 4;
const CPU = 'CPU of the server, ms/request';
const [LATENCY, TIME] = ['latency of one client, ms', 'time per request of 10 clients, ms'];

/**
 * The page of tasks that the console lists, of a server on Postgres that has 2,000. Its processor time stands beside that
 * of Yoga alone, which has the same tasks in memory: all that guards, measures and reads the database is on top of that.
 * Its time stands beside that of the statements which the request sends, sent by postgres.js as prepared ones. Yoga that
 * sends them, and then answers from its memory, is the least that both together can take.
 */
export default async function graphql(bench: Bench): Promise<void> {
  await using pg = await startPostgres();
  const databaseUrl = await pg.createDatabase();
  await using server = await startBenchServer({ DATABASE_URL: databaseUrl, ROLE: 'api' }, STAYS_WARM);
  await using yoga = await startPeer('bare-yoga', [String(TASKS)], STAYS_WARM);
  const indexId = await storeTasks(databaseUrl, makeTasks(TASKS));
  await pg.cluster.query('analyze', [], new URL(databaseUrl).pathname.slice(1));
  const variables = { indexId: Buffer.from(`Index:${indexId}`).toString('base64') };
  const body = JSON.stringify({ query: TASK_LIST, variables });
  const load = (url: string, options: typeof BUSY) => runLoad({ url: `${url}/graphql`, body, ...options });

  const statements = await recordPage(databaseUrl, variables);
  await using asking = await startPeer(
    'bare-yoga',
    [String(TASKS), databaseUrl, JSON.stringify(statements)],
    STAYS_WARM,
  );
  await using floor = createStatementTimer(databaseUrl, statements);

  const processor = async ({ url, pid }: { url: string; pid: number }): Promise<Figures> => {
    const before = processorSeconds(pid);
    const { requests } = await load(url, BUSY);
    return { [CPU]: (1_000 * (processorSeconds(pid) - before)) / requests };
  };
  bench.note(`Servers run with ${STAYS_WARM.join(' ')}.`);
  await bench.compare({
    what: 'a page of 30 tasks',
    warmUp: WARM_UP,
    measure: () => processor(server),
    against: [
      { name: 'bare Yoga', measure: () => processor(yoga), limits: { [CPU]: { atMost: 1.3 } } },
      { name: 'bare Yoga that sends its SQL', measure: () => processor(asking), limits: { [CPU]: {} } },
    ],
  });
  const time = async ({ url }: { url: string }): Promise<Figures> => {
    const alone = await load(url, ALONE);
    const busy = await load(url, BUSY);
    return { [LATENCY]: alone.median, [TIME]: (1_000 * busy.seconds) / busy.requests };
  };
  await bench.compare({
    what: 'a page of 30 tasks',
    measure: () => time(server),
    against: [
      {
        name: 'its SQL by postgres.js',
        measure: async () => ({ [LATENCY]: (await floor.run(ALONE)).median, [TIME]: (await floor.run(BUSY)).time }),
        limits: { [LATENCY]: { atMost: 1.5 }, [TIME]: { atMost: 1.5 } },
      },
      { name: 'bare Yoga that sends it', measure: () => time(asking), limits: { [LATENCY]: {}, [TIME]: {} } },
    ],
  });
}

/** The statements of one request, of a server that has answered others before. */
async function recordPage(databaseUrl: string, variables: { indexId: string }): Promise<Statement[]> {
  await using recorder = await recordStatements(databaseUrl);
  await using server = await startBenchServer({ DATABASE_URL: recorder.url, ROLE: 'api' });
  for (let n = 0; n < 3; n++) {
    recorder.take();
    await server.client.request(TASK_LIST, variables);
  }
  return recorder.take();
}

/** Sends the statements of a request, one after the other as the request does, on connections of its own. */
function createStatementTimer(databaseUrl: string, statements: readonly Statement[]) {
  const replay = openReplay(databaseUrl, BUSY.connections);
  return {
    async run({ connections, duration }: typeof BUSY): Promise<{ median: number; time: number }> {
      const times: number[] = [];
      const began = performance.now();
      const sendOn = async () => {
        for (let now = performance.now(); now - began < duration; ) {
          await replay.run(statements);
          times.push(performance.now() - now);
          now = performance.now();
        }
      };
      await Promise.all(Array.from({ length: connections }, sendOn));
      return { median: median(times), time: (performance.now() - began) / times.length };
    },
    [Symbol.asyncDispose]: () => replay.end(),
  };
}
