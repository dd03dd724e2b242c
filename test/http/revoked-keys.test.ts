import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import WebSocket from 'ws';
import { openPostgres } from '../../src/db/postgres.ts';
import { createEvents } from '../../src/events/events.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addKey, endKey } from '../helpers/keys.ts';
import { addIndex, addTask, globalId, step } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp();
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

type Message = {
  type: string;
  payload?: { data?: Record<string, unknown>; errors?: { extensions: { code: string } }[] };
};

/** A socket that speaks graphql-transport-ws as far as these tests need it. */
async function connect(payload?: object, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)] as const);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  return {
    socket,
    closed,
    messages,
    run: (query: string) =>
      socket.send(JSON.stringify({ id: String(messages.length), type: 'subscribe', payload: { query } })),
    heard: (type: string) => until(() => messages.some((message) => message.type === type)),
  };
}

const watch = async () => {
  const index = await addIndex(test.app);
  const task = await addTask(test.app, index.id);
  return { task, query: `subscription { taskUpdated(id: "${globalId('Task', task)}") { status } }` };
};

it('a socket without a key is let in as long as there has never been one, and closed by the first', async () => {
  const open = await connect();
  open.run((await watch()).query);
  await open.heard('next');
  await addKey(test.app, { tenant: 'other' });
  assert.equal((await open.closed)[0], 4401);
});

describe('a socket', () => {
  it('takes a key as a connection parameter, or from the request that opened it', async () => {
    const { key } = await addKey(test.app);
    const bearer = `Bearer ${key}`;
    const ways: [params: object | undefined, headers?: Record<string, string>][] = [
      [{ apiKey: key }],
      [{ 'x-api-key': key }],
      [{ Authorization: bearer }],
      [undefined, { 'x-api-key': key }],
      [{ other: 1 }, { authorization: bearer }],
    ];
    for (const way of ways) {
      const { socket, heard, closed } = await connect(...way);
      await heard('connection_ack');
      socket.close();
      await closed;
    }
  });

  it('is closed with 4401 without a valid one, in the same words for all that are not', async () => {
    const { key, id } = await addKey(test.app);
    await endKey(test.app, id);
    const ends: (readonly [number, string])[] = [];
    for (const apiKey of [key, `rg_${'A'.repeat(43)}`, 'x']) ends.push(await (await connect({ apiKey })).closed);
    assert.deepEqual(ends, Array(3).fill([4401, 'This API key is not valid.']));
    const [code, reason] = await (await connect({ apiKey: 7 })).closed;
    assert.deepEqual([code, reason.startsWith('An API key is needed: as header x-api-key')], [4401, true]);
  });

  it('has the role of its key, and stays open when that does not suffice', async () => {
    const { key } = await addKey(test.app, { role: 'read' });
    const { socket, run, heard, messages, closed } = await connect({ apiKey: key });
    await heard('connection_ack');
    run('mutation { createIndex(input: { name: "no" }) { __typename } }');
    await heard('complete');
    assert.equal(messages[1]?.payload?.errors?.[0]?.extensions.code, 'FORBIDDEN');
    assert.equal(socket.readyState, WebSocket.OPEN);
    socket.close();
    await closed;
  });

  it('is closed when its key is revoked, while it watches', async () => {
    const { key, id } = await addKey(test.app, { role: 'read' });
    const { task, query } = await watch();
    const { closed, run, heard, messages } = await connect({ apiKey: key });
    const other = await connect({ apiKey: (await addKey(test.app)).key });
    await heard('connection_ack');
    run(query);
    await heard('next');
    await endKey(test.app, id);
    assert.deepEqual(await closed, [4401, 'The API key is not valid any more.']);
    await step(test.app, task, 'CANCELED');
    assert.equal(messages.filter(({ type }) => type === 'next').length, 1);
    assert.equal(other.socket.readyState, WebSocket.OPEN);
    other.socket.close();
    await other.closed;
  });

  it('that will not be closed can do nothing more, and is cut off', async () => {
    const { key, id } = await addKey(test.app, { tenant: 'deaf' });
    const { socket, closed, run, heard } = await connect({ apiKey: key });
    await heard('connection_ack');
    const { _receiver: receiver } = socket as unknown as { _receiver: { removeAllListeners(event: string): void } };
    receiver.removeAllListeners('conclude');
    await endKey(test.app, id);
    run('mutation { createIndex(input: { name: "late" }) { __typename } }');
    assert.equal((await closed)[0], 1006);
    const { key: next } = await addKey(test.app, { tenant: 'deaf' });
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': next },
      body: '{"query":"{ indexes { totalCount } }"}',
    });
    assert.deepEqual(await answer.json(), { data: { indexes: { totalCount: 0 } } });
  });
});

it('server-sent events end with their key, and cannot be had again', async () => {
  const { key, id } = await addKey(test.app);
  const { query } = await watch();
  const client = createSseClient({ url: `${server.url}/graphql`, retryAttempts: 0, headers: { 'x-api-key': key } });
  const events = client.iterate({ query });
  assert.deepEqual((await events.next()).value?.data, { taskUpdated: { status: 'VALIDATING' } });
  await endKey(test.app, id);
  await assert.rejects(events.next(), 'the connection is cut, which is no end of the subscription');
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', 'x-api-key': key };
  const again = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  assert.equal(again.status, 401);
  assert.match(await again.text(), /UNAUTHENTICATED/);
  client.dispose();
});

it('a change whose news was lost is found by the look that everything takes every few seconds', async () => {
  const { key, id } = await addKey(test.app);
  const { closed, heard } = await connect({ apiKey: key });
  await heard('connection_ack');
  // A transaction whose process died before it could tell of it.
  await test.app.db.orm.execute(`update api_keys set revoked_at = now() where id = '${id}'`);
  assert.equal((await closed)[0], 4401);
});

if (process.env.TEST_DATABASE_URL)
  it('a key that is revoked in one process is worth nothing in all others', async () => {
    const db = openPostgres({ url: test.databaseUrl ?? '' });
    const events = createEvents(db, test.app.log);
    const { key, id } = await addKey({ db });
    await events.stop();
    await until(async () => {
      const headers = { 'content-type': 'application/json', 'x-api-key': key };
      return (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).ok;
    });
    const { closed, heard } = await connect({ apiKey: key });
    await heard('connection_ack');
    await endKey({ db }, id);
    assert.equal((await closed)[0], 4401);
    await events.stop();
    await db.close();
  });
