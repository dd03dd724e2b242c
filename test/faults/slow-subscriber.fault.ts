import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp } from '../helpers/app.ts';
import { connectTo, readAll } from '../helpers/network.ts';
import { addIndex, addTask, complete, globalId, validate } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';
import { isFull } from './extent.ts';
import { report } from './report.ts';

/** Tasks that go from VALIDATING to READY, which is five events each; subscriptions of a WebSocket, and event streams. */
const [TASKS, SUBSCRIPTIONS, STREAMS] = isFull ? [400, 60, 10] : [30, 40, 2];
const STATES = 5;
const TIMEOUT = isFull ? 10 : 3;
/** What may be held, and what the process may take with what it has not collected yet; the events are many times more. */
const [MOST_HELD, MOST_TAKEN] = [64 * 2 ** 20, 512 * 2 ** 20];
const FIELDS =
  'id name createdAt updatedAt modalities segmentation { clipLength overlap } validation { minHeight maxHeight minDuration maxDuration requireAudio rejectBrokenFrames maxFileSize } model { name license modalities { modality dimensions textQueries imageQueries vocabulary } }';
/** About 80 kB an event: together more than the kernel keeps of a connection, which is up to 10 MB. */
const INDEXES = Array.from({ length: 45 }, (_, n) => `a${n}: index { ${FIELDS} }`).join(' ');

it('a subscriber that stops reading holds little memory, and its connection is ended', async (t) => {
  const test = await createTestApp({ env: { CLIENT_TIMEOUT: TIMEOUT } });
  const { app } = test;
  const subscribers = new Set<object>();
  const { subscribe } = app.events;
  app.events.subscribe = (topic, receive) => {
    const unsubscribe = subscribe(topic, receive);
    subscribers.add(unsubscribe);
    return () => {
      subscribers.delete(unsubscribe);
      unsubscribe();
    };
  };
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  // Those of the server itself.
  const others = subscribers.size;
  try {
    const index = await addIndex(app, { name: '影'.repeat(200) });
    const query = `subscription { tasksUpdated(indexId: "${globalId('Index', index)}") { id status ${INDEXES} } }`;
    const closing = codeOfClosing(t);
    const stalled = await stallWebSocket(server, query);
    // It reads again as soon as it has been given up, and finds the reason behind the events.
    const closed = closing.then(async (code) => {
      stalled.resume();
      const [seen] = await once(stalled, 'close');
      return [code, seen];
    });
    const streams = await Promise.all(Array.from({ length: STREAMS }, () => stallEventStream(server, query)));
    const reader = await read(server, query);
    await until(() => subscribers.size === others + SUBSCRIPTIONS + streams.length + 1);

    const memory = watchMemory();
    for (let n = 0; n < TASKS; n += 1) await complete(app, await validate(app, await addTask(app, index.id)));
    await until(() => reader.events() === TASKS * STATES);
    const codes = await closed;
    await until(() => subscribers.size === others + 1);
    for (const stream of streams) await readAll(stream);
    const { held, taken } = memory.end();

    assert.deepEqual(codes, [1013, 1013]);
    assert.ok(held < MOST_HELD, `${mebibytes(held)} more held than before`);
    assert.ok(taken < MOST_TAKEN, `${mebibytes(taken)} more than before`);
    assert.equal(reader.faults(), 0);
    await reader.close();
    const events = TASKS * STATES * (SUBSCRIPTIONS + streams.length);
    await report({
      fault: `a subscriber that stops reading: ${SUBSCRIPTIONS} subscriptions on a WebSocket and ${streams.length} event streams, ${events} events of ${Math.round(reader.bytes() / reader.events() / 1000)} kB`,
      required: 'bounded memory, socket closed with a code',
      measured: `${mebibytes(held)} more held, RSS ${mebibytes(taken)} more, for ${mebibytes((events * reader.bytes()) / reader.events())} of events; closed with 1013, streams ended; a reader missed nothing`,
    });
  } finally {
    await server.close();
    await test[Symbol.asyncDispose]();
  }
});

/** The code that the server closes its first socket with. */
async function codeOfClosing(t: TestContext): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { close } = WebSocket.prototype;
  t.mock.method(WebSocket.prototype, 'close', function (this: WebSocket, code?: number, reason?: string) {
    if (code === 1013) resolve(code);
    close.call(this, code, reason);
  });
  return promise;
}

/** Subscribes many times over one WebSocket, and reads no more. */
async function stallWebSocket({ url }: HttpServer, query: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  socket.pause();
  for (let n = 0; n < SUBSCRIPTIONS; n += 1)
    socket.send(JSON.stringify({ type: 'subscribe', id: `s${n}`, payload: { query } }));
  return socket;
}

/** Asks for events by HTTP, and reads nothing. */
async function stallEventStream({ url }: HttpServer, query: string) {
  const socket = await connectTo(url);
  socket.pause();
  const body = JSON.stringify({ query });
  const head = [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'accept: text/event-stream',
    'content-type: application/json',
    'graphql-require-preflight: 1',
    `content-length: ${body.length}`,
    '\r\n',
  ];
  socket.write(head.join('\r\n') + body);
  return socket;
}

async function read({ url }: HttpServer, query: string) {
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
  let [events, bytes, faults] = [0, 0, 0];
  client.subscribe(
    { query },
    {
      next(result) {
        events += 1;
        bytes += Buffer.byteLength(JSON.stringify(result));
        if (result.errors) faults += 1;
      },
      error: () => {
        faults += 1;
      },
      complete: () => {},
    },
  );
  return { events: () => events, bytes: () => bytes, faults: () => faults, close: async () => client.dispose() };
}

/** The most that is held, in bytes more than now, and the most that the process takes. */
function watchMemory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const look = () => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { held: heapUsed + external, taken: rss };
  };
  const begin = look();
  const most = { ...begin };
  const watching = setInterval(() => {
    most.taken = Math.max(most.taken, process.memoryUsage().rss);
    most.held = Math.max(most.held, look().held);
  }, 500);
  return {
    end() {
      clearInterval(watching);
      return { held: most.held - begin.held, taken: most.taken - begin.taken };
    },
  };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
