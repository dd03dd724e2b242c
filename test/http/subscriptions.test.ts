import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { openPostgres } from '../../src/db/postgres.ts';
import { createEvents } from '../../src/events/events.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { createVideoIndex, goodClip, uploadFile, waitForEnd } from '../helpers/uploads.ts';

interface State {
  status: string;
  progress: number;
  updatedAt: string;
}
type Result = { data?: { taskUpdated: State } | null };

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp({ workers: true });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const watch = (id: string) => ({
  query: `subscription { taskUpdated(id: "${globalId('Task', id)}") { status progress updatedAt } }`,
});

/** The same subscription by both transports on the same path. */
const transports = {
  'graphql-ws': (url: string) => {
    const client = createWsClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    return { iterate: (id: string) => client.iterate(watch(id)), close: () => client.dispose() };
  },
  'server-sent events': (url: string) => {
    const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0 });
    return { iterate: (id: string) => client.iterate(watch(id)), close: () => client.dispose() };
  },
};

async function follow(url: string, transport: keyof typeof transports, id: string): Promise<State[]> {
  const client = transports[transport](url);
  const states: State[] = [];
  try {
    for await (const { data } of client.iterate(id) as AsyncIterable<Result>) if (data) states.push(data.taskUpdated);
    return states;
  } finally {
    await client.close();
  }
}

/** What subscribers rely on: every state once and in order, progress that only grows, and an end. */
function assertWholeStory(states: State[]): void {
  const entered = states.filter(({ status }, n) => status !== states[n - 1]?.status).map(({ status }) => status);
  assert.deepEqual(entered, ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY']);
  for (const [n, { progress, updatedAt }] of states.entries()) {
    const earlier = states[n - 1] ?? { progress: 0, updatedAt: '' };
    assert.ok(progress >= earlier.progress && updatedAt >= earlier.updatedAt);
  }
}

for (const transport of Object.keys(transports) as (keyof typeof transports)[]) {
  it(`${transport}: the current state at once, every transition in order, and the end`, async () => {
    const { id } = await createVideoIndex(test.app);
    const task = await uploadFile(test.app, id, await goodClip());
    assertWholeStory(await follow(server.url, transport, task.id));
    const late = await follow(server.url, transport, task.id);
    assert.deepEqual(
      late.map(({ status }) => status),
      ['READY'],
    );
  });

  it(`${transport}: a task that is not there is an error, and the end`, async () => {
    const client = transports[transport](server.url);
    const { id } = await createVideoIndex(test.app);
    const results: unknown[] = [];
    await (async () => {
      for await (const result of client.iterate(id)) results.push(result);
    })().catch((error) => results.push(error));
    await client.close();
    assert.match(JSON.stringify(results), /NOT_FOUND/);
  });
}

it('graphql-ws: takes mutations, and one bad operation does not end the others', async () => {
  const closed: unknown[] = [];
  const client = createWsClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { closed: (event) => closed.push(event) },
  });
  const { id } = await createVideoIndex(test.app);
  const task = await uploadFile(test.app, id, await goodClip());
  const other = client.iterate<{ taskUpdated: State }>(watch(task.id));
  assert.equal((await other.next()).value?.data?.taskUpdated.status, 'VALIDATING');
  const bad = client.iterate({ query: 'subscription {' }).next();
  await assert.rejects(bad, (faults) => /Syntax Error/.test(JSON.stringify(faults)));
  const query = `mutation { deleteIndex(id: "${globalId('Index', id)}") { __typename } }`;
  const { value } = await client.iterate({ query }).next();
  assert.deepEqual(value.data, { deleteIndex: { __typename: 'Deleted' } });
  for await (const { errors } of other) assert.equal(errors, undefined);
  assert.deepEqual(closed, []);
  await client.dispose();
});

it('closing the server closes its sockets with a code', async () => {
  const other = await listen(test.app, { host: '127.0.0.1', port: 0 });
  const socket = new WebSocket(`${other.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await other.close();
  assert.equal(await closed, 1001);
});

if (process.env.TEST_DATABASE_URL)
  it('whichever process does the work: subscribers of another one see it all', async () => {
    const db = openPostgres({ url: test.databaseUrl ?? '' });
    const events = createEvents(db, test.app.log);
    await events.start();
    const elsewhere = await listen({ ...test.app, db, events }, { host: '127.0.0.1', port: 0 });
    try {
      const { id } = await createVideoIndex(test.app);
      const task = await uploadFile(test.app, id, await goodClip());
      const [story] = await Promise.all([follow(elsewhere.url, 'graphql-ws', task.id), waitForEnd(test.app, task.id)]);
      assertWholeStory(story);
    } finally {
      await elsewhere.close();
      await events.stop();
      await db.close();
    }
  });
