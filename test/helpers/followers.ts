import { once } from 'node:events';
import { request } from 'node:http';
import WebSocket from 'ws';

/** An event of `taskUpdated`. */
export interface State {
  status: string;
  progress: number;
}

/** One subscriber, over a connection of its own. */
export interface Follower {
  /** What it has been told so far. */
  states: State[];
  /** Resolves with its first event. */
  began: Promise<unknown>;
  /** Resolves when the server has completed the subscription; rejects when the connection ends before. */
  over: Promise<unknown>;
  /** Ends the connection, as a network does. */
  cut(): void;
}

export type Follow = (url: string, taskId: string) => Follower;

const QUERY = 'subscription ($id: ID!) { taskUpdated(id: $id) { status progress } }';

interface Answer {
  data?: { taskUpdated: State };
}

function createRecord() {
  const states: State[] = [];
  const began = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  // Nobody need wait for one that is cut.
  for (const { promise } of [began, over]) promise.catch(() => {});
  return {
    states,
    began: began.promise,
    over: over.promise,
    add({ data }: Answer) {
      if (data) states.push(data.taskUpdated);
      began.resolve();
    },
    complete: () => over.resolve(),
    fail(error: Error) {
      began.reject(error);
      over.reject(error);
    },
  };
}

/** By graphql-transport-ws, in the least that a client can say. */
export function followBySocket(url: string, taskId: string): Follower {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const record = createRecord();
  const say = (message: object) => socket.send(JSON.stringify(message));
  socket.on('open', () => say({ type: 'connection_init' }));
  socket.on('message', (data) => {
    const { type, payload } = JSON.parse(String(data));
    if (type === 'connection_ack')
      say({ type: 'subscribe', id: '1', payload: { query: QUERY, variables: { id: taskId } } });
    if (type === 'next') record.add(payload);
    if (type === 'error') record.fail(new Error(JSON.stringify(payload)));
    if (type !== 'complete') return;
    record.complete();
    socket.close();
  });
  socket.on('error', record.fail);
  socket.on('close', (code) => record.fail(new Error(`closed with ${code}`)));
  return { ...record, cut: () => socket.terminate() };
}

/** By server-sent events. */
export function followByEventStream(url: string, taskId: string): Follower {
  const record = createRecord();
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
  const sent = request(`${url}/graphql`, { method: 'POST', agent: false, headers });
  sent.on('error', record.fail);
  sent.end(JSON.stringify({ query: QUERY, variables: { id: taskId } }));
  const read = async () => {
    const [response] = await once(sent, 'response');
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const events = `${rest}${chunk}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.+)$/m.exec(event)?.[1];
        if (/^event: next$/m.test(event) && data) record.add(JSON.parse(data));
        if (/^event: complete$/m.test(event)) record.complete();
      }
    }
    record.fail(new Error('the stream has ended'));
  };
  read().catch(record.fail);
  return { ...record, cut: () => sent.destroy() };
}
