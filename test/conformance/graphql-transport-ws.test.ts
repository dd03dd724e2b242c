import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { startServer, type TestServer } from '../cli/processes.ts';
import { post } from '../clients/post.ts';
import { CREATE_INDEX, CREATE_TASK, createdId, smallIndex } from '../clients/scenario.ts';
import { makeClip } from '../helpers/clips.ts';
import { type HeldFile, serveHeldFile } from '../helpers/held-file.ts';
import { until } from '../helpers/until.ts';

/*
 * https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md, as far as test/http has not got it.
 * 4403 (Forbidden) cannot occur: who may not connect has no valid key, which is 4401.
 */

let server: TestServer;
let held: HeldFile;
let indexId: string;
const open: WebSocket[] = [];
before(async () => {
  server = await startServer();
  held = await serveHeldFile(await makeClip());
  indexId = createdId((await run(CREATE_INDEX, { input: smallIndex('sockets') })).createIndex);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});
after(async () => {
  await held[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function run(query: string, variables: object) {
  return (await post(`${server.url}/graphql`, { query, variables })).data;
}

async function createTask(): Promise<string> {
  return createdId((await run(CREATE_TASK, { input: { indexId, videoUrl: held.url } })).createTask);
}

interface Message {
  type: string;
  id?: string;
  payload?: { data?: { taskUpdated?: { status: string; progress?: number } } };
}

async function connect(protocols: string | string[] = 'graphql-transport-ws') {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, protocols);
  open.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  const heard = (type: string, id?: string) =>
    until(() => messages.some((message) => message.type === type && message.id === id));
  return { messages, closed, send, heard, subscribe };

  function subscribe(id: string, query: string, variables: object = {}): void {
    send({ type: 'subscribe', id, payload: { query, variables } });
  }
}

async function acknowledged() {
  const client = await connect();
  client.send({ type: 'connection_init' });
  await client.heard('connection_ack');
  client.messages.splice(0);
  return client;
}

/** What has come by the time that the server has answered all that it was sent. */
async function settled(client: Awaited<ReturnType<typeof connect>>): Promise<string[]> {
  client.send({ type: 'ping' });
  await client.heard('pong');
  return client.messages.filter(({ type }) => type !== 'pong').map(({ type, id }) => `${type} ${id}`);
}

const WATCH_TASK = 'subscription ($id: ID!) { taskUpdated(id: $id) { status } }';
const WATCH_PROGRESS = 'subscription ($id: ID!) { taskUpdated(id: $id) { status progress } }';
const WATCH_TASKS = 'subscription ($id: ID!) { tasksUpdated(indexId: $id) { status } }';
const CANCEL = 'mutation ($id: ID!) { cancelTask(id: $id) { __typename } }';

describe('a socket is closed', () => {
  it('4406 when it does not ask for the protocol; one that asks for several speaks it', async () => {
    assert.equal(await (await connect([])).closed, 4406);
    const client = await connect(['graphql-ws', 'graphql-transport-ws']);
    assert.deepEqual(await settled(client), []);
  });

  for (const [name, message] of Object.entries({
    'a message of an unknown type': '{"type":"start","id":"1"}',
    'a message without a type': '{}',
    'a message that only a server may send': '{"type":"connection_ack"}',
    'a subscribe without a query': '{"type":"subscribe","id":"1","payload":{}}',
    'a ping whose payload is no object': '{"type":"ping","payload":1}',
  }))
    it(`4400 after ${name}, before the handshake and after it`, async () => {
      for (const begin of [connect, acknowledged]) {
        const client = await begin();
        client.send(JSON.parse(message));
        assert.equal(await client.closed, 4400);
      }
    });

  it('4409 when an id is used that is in use', async () => {
    const client = await acknowledged();
    client.subscribe('1', WATCH_TASKS, { id: indexId });
    client.subscribe('1', WATCH_TASKS, { id: indexId });
    assert.equal(await client.closed, 4409);
  });
});

it('a ping is answered at any time, and a pong means nothing', async () => {
  for (const begin of [connect, acknowledged]) {
    const client = await begin();
    client.send({ type: 'pong', payload: { a: 1 } });
    assert.deepEqual(await settled(client), []);
  }
});

it('a query is one next and a complete, and its id is free again', async () => {
  const client = await acknowledged();
  for (let round = 1; round <= 2; round += 1) {
    client.subscribe('1', '{ __typename }');
    await until(() => client.messages.filter(({ type }) => type === 'complete').length === round);
  }
  assert.deepEqual(await settled(client), ['next 1', 'complete 1', 'next 1', 'complete 1']);
});

it('an operation that is not valid is an error, which ends it: nothing follows', async () => {
  const client = await acknowledged();
  client.subscribe('1', '{ nothing }');
  await client.heard('error', '1');
  assert.deepEqual(await settled(client), ['error 1']);
});

it('the server completes a subscription whose task is over, after its last state', async () => {
  const client = await acknowledged();
  const id = await createTask();
  client.subscribe('1', WATCH_TASK, { id });
  await client.heard('next', '1');
  await run(CANCEL, { id });
  await client.heard('complete', '1');
  const states = client.messages.flatMap(({ payload }) => payload?.data?.taskUpdated?.status ?? []);
  assert.deepEqual([...new Set(states)], ['UPLOADING', 'CANCELED']);
  assert.equal((await settled(client)).at(-1), 'complete 1');
});

it('nothing comes of a subscription that its client has completed, and the others go on', async () => {
  const client = await acknowledged();
  const id = await createTask();
  client.subscribe('done', WATCH_PROGRESS, { id });
  client.subscribe('other', WATCH_PROGRESS, { id });
  // The download tells of its progress once, and is held then.
  const heardOfIt = (name: string) =>
    client.messages.some((message) => message.id === name && message.payload?.data?.taskUpdated?.progress);
  await until(() => heardOfIt('done') && heardOfIt('other'));
  client.send({ type: 'complete', id: 'done' });
  client.messages.splice(0);
  await run(CANCEL, { id });
  await client.heard('complete', 'other');
  assert.deepEqual(await settled(client), ['next other', 'complete other']);
});
