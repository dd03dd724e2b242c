import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Bench } from './bench.ts';
import { residentBytes } from './processes.ts';
import { COLLECTS_GARBAGE, startBenchServer } from './server.ts';

/** Subscriptions on one socket, and sockets that are open at a time. */
const [ON_ONE, AT_ONCE] = [20, 20];
/** Subscriptions after which memory is looked at: it grows a little until as many, and not after that. */
const [FIRST, ALL] = [30_000, 40_000];
const MIB = 1024 ** 2;

/** What is left in a server's memory of subscriptions that were opened, had their first event and were closed again. */
export default async function memorySubscriptions(bench: Bench): Promise<void> {
  await using server = await startBenchServer({}, COLLECTS_GARBAGE);
  const { id } = await server.client.createIndex({ name: 'films' });
  const { createTask } = await server.client.request<{ createTask: { id: string } }>(
    `mutation ($id: ID!) { createTask(input: { indexId: $id, videoUrl: "https://reelgraph.invalid/film.mp4" }) { ... on Task { id } } }`,
    { id },
  );
  const use = async (): Promise<{ heap: number; resident: number }> => {
    for (let n = 0; n < 3; n++) {
      process.kill(server.pid, 'SIGUSR2');
      await wait(500);
    }
    const heap = await server.metric('nodejs_heap_size_used_bytes');
    return { heap: heap / MIB, resident: residentBytes(server.pid).now / MIB };
  };
  await openAndClose(server.url, createTask.id, FIRST);
  const before = await use();
  await openAndClose(server.url, createTask.id, ALL - FIRST);
  const after = await use();
  const what = `subscriptions ${FIRST} to ${ALL}, opened and closed`;
  const [heap, resident] = [after.heap - before.heap, after.resident - before.resident];
  bench.state({ what, figure: 'growth of used heap, MiB', value: heap, limit: { atMost: 2 } });
  bench.state({ what, figure: 'growth of resident memory, MiB', value: resident, limit: { atMost: 16 } });
}

async function openAndClose(url: string, taskId: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += ON_ONE * AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => followAndLeave(url, taskId)));
}

/** Follows a task by several subscriptions of one socket, and leaves once each has had its first event. */
async function followAndLeave(url: string, id: string): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const query = 'subscription ($id: ID!) { taskUpdated(id: $id) { status progress } }';
  const say = (message: object) => socket.send(JSON.stringify(message));
  const begun = new Set<string>();
  const all = Promise.withResolvers<void>();
  socket.on('open', () => say({ type: 'connection_init' }));
  socket.on('error', all.reject);
  socket.on('close', (code) => all.reject(new Error(`the socket was closed with ${code}`)));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string; id: string };
    if (message.type === 'connection_ack')
      for (let n = 0; n < ON_ONE; n++) say({ id: String(n), type: 'subscribe', payload: { query, variables: { id } } });
    if (message.type === 'next') begun.add(message.id);
    if (message.type === 'error') all.reject(new Error(String(data)));
    if (begun.size === ON_ONE) all.resolve();
  });
  await all.promise;
  for (const each of begun) say({ id: each, type: 'complete' });
  socket.close();
  await once(socket, 'close');
}
