import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { buildSchema, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { createClient, type Document, expectType } from '../../src/client/client.ts';
import { serve } from './serve.ts';

test('an upload is a request of the multipart specification, of a size that is told before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const content = Buffer.alloc(1_000_000, 'film');
  await writeFile(join(folder, 'a.mp4'), content);
  let form: FormData | undefined;
  let length = 0;
  await using target = await serve(async (request, response) => {
    const body = await buffer(request);
    length = Number(request.headers['content-length']);
    assert.equal(request.headers['graphql-require-preflight'], '1');
    form = await new Response(body, { headers: { 'content-type': `${request.headers['content-type']}` } }).formData();
    response.end(JSON.stringify({ data: { done: body.length } }));
  });
  const progress: number[] = [];
  const videoFile = new File([await openAsBlob(join(folder, 'a.mp4'))], 'my "film".mp4');
  const data = await createClient({ url: target.url }).request<{ done: number }>(
    'mutation ($input: CreateTaskInput!) { createTask(input: $input) { __typename } }',
    { input: { indexId: 'i', userMetadata: { a: 'ü' }, videoFile }, more: [new File(['b'], 'b.srt')] },
    {
      onProgress: (sent, total) => {
        assert.equal(total, length || total);
        progress.push(sent / total);
      },
    },
  );
  await rm(folder, { recursive: true, force: true });
  assert.equal(data.done, length);
  assert.deepEqual([...(form?.keys() ?? [])], ['operations', 'map', '0', '1']);
  const { variables } = JSON.parse(String(form?.get('operations')));
  assert.deepEqual(variables, { input: { indexId: 'i', userMetadata: { a: 'ü' }, videoFile: null }, more: [null] });
  assert.deepEqual(JSON.parse(String(form?.get('map'))), {
    0: ['variables.input.videoFile'],
    1: ['variables.more.0'],
  });
  const file = form?.get('0') as File;
  assert.equal(file.name, 'my "film".mp4');
  assert.ok(content.equals(Buffer.from(await file.arrayBuffer())));
  assert.ok(progress.length > 2, 'progress is told on the way');
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  );
  assert.equal(progress.at(-1), 1);
});

test('the answer of a server that refuses an upload before it has arrived is what counts', async () => {
  await using target = await serve((_request, response) => {
    response.writeHead(413, { connection: 'close' });
    response.end(JSON.stringify({ errors: [{ message: 'Too large.', extensions: { code: 'LIMIT_EXCEEDED' } }] }));
  });
  const variables = { input: { videoFile: new File([Buffer.alloc(20_000_000)], 'a.mp4') } };
  await assert.rejects(createClient({ url: target.url }).request('mutation { a }', variables), {
    name: 'RequestFailedError',
    message: 'Too large.',
    codes: ['LIMIT_EXCEEDED'],
  });
});

test('what is not there or not GraphQL is told with its address', async () => {
  const target = await serve((_, response) => response.writeHead(404).end('<html>'));
  const client = createClient({ url: `${target.url}/base` });
  await assert.rejects(client.request('{ a }'), {
    name: 'RequestFailedError',
    message: `${target.url}/base/graphql answered with status 404 and no GraphQL: is it a Reelgraph server?`,
  });
  await target[Symbol.asyncDispose]();
  await assert.rejects(client.request('{ a }'), { name: 'ServerUnreachableError', message: /ECONNREFUSED/ });
});

for (const content of [
  'null',
  '"up"',
  '[]',
  '{ "message": "upstream down" }',
  '{ "errors": "many" }',
  '{ "errors": [null] }',
]) {
  test(`JSON that is not GraphQL's is told as what it is: ${content}`, async () => {
    let status = 502;
    await using target = await serve((_, response) => response.writeHead(status).end(content));
    const client = createClient({ url: target.url });
    await assert.rejects(client.request('{ a }'), { name: 'ServerUnreachableError', message: /status 502/ });
    status = 200;
    await assert.rejects(client.request('{ a }'), { name: 'RequestFailedError', message: /no GraphQL: is it a Reel/ });
  });
}

test('a list whose page does not say where it ends is no endless loop', async () => {
  const indexes = { edges: [], pageInfo: { hasNextPage: true, endCursor: null } };
  await using target = await serve((_, response) => response.end(JSON.stringify({ data: { indexes } })));
  await assert.rejects(createClient({ url: target.url }).indexes().next(), { name: 'RequestFailedError' });
});

test('a syntax tree is refused by its type, as its text is none', () => {
  // @ts-expect-error
  const refused: Document<unknown, unknown> = parse('{ a }');
  assert.equal(refused.toString(), '[object Object]');
});

test('a proxy whose server is away, a file that changes and a callback that throws are told for what they are', async () => {
  await using target = await serve((_, response) => response.writeHead(502).end('<html>'));
  const client = createClient({ url: target.url });
  await assert.rejects(client.request('{ a }'), { name: 'ServerUnreachableError', message: /status 502/ });
  const folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
  const path = join(folder, 'a.mp4');
  await writeFile(path, 'before');
  const video = new File([await openAsBlob(path)], 'a.mp4');
  await writeFile(path, 'changed');
  await assert.rejects(client.request('{ a }', { video }), { name: 'FileUnreadableError', message: /a\.mp4/ });
  const clumsy = new Error('not yours');
  const onProgress = () => {
    throw clumsy;
  };
  await assert.rejects(client.request('{ a }', {}, { onProgress }), clumsy);
  await rm(folder, { recursive: true, force: true });
});

test('a signal ends a request with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  await using target = await serve(() => controller.abort(reason));
  const { signal } = controller;
  await assert.rejects(createClient({ url: target.url }).request('{ a }', {}, { signal }), reason);
  await assert.rejects(createClient({ url: target.url }).request('{ a }', {}, { signal }), reason);
});

test('an error member of a result is thrown, the wanted one returned', () => {
  assert.equal(expectType('Task', { __typename: 'Task', id: '1' }).id, '1');
  assert.throws(
    () => expectType('Task', { __typename: 'NotFoundError', message: 'No such index.', code: 'NOT_FOUND' }),
    { name: 'OperationFailedError', type: 'NotFoundError', code: 'NOT_FOUND', message: 'No such index.' },
  );
});

/** A server of one subscription, `count`, whose events the test makes. */
async function serveCounts(count: () => AsyncGenerator<number>) {
  const schema = buildSchema('type Query { a: Int } type Subscription { count: Int! }');
  const target = await serve((_, response) => response.end());
  const sockets = new WebSocketServer({ server: target.server, path: '/graphql' });
  const events = async function* () {
    for await (const value of count()) yield { count: value };
  };
  const served = useServer({ schema, roots: { subscription: { count: events } } }, sockets);
  return {
    ...target,
    sockets,
    async [Symbol.asyncDispose]() {
      await served.dispose();
      await target[Symbol.asyncDispose]();
    },
  };
}

test('a subscription yields every event, and ends with the server or with the loop', async () => {
  let stopped = 0;
  await using target = await serveCounts(async function* () {
    try {
      yield* [1, 2, 3];
    } finally {
      stopped += 1;
    }
  });
  const client = createClient({ url: target.url });
  const all: number[] = [];
  for await (const { count } of client.subscribe<{ count: number }>('subscription { count }')) all.push(count);
  assert.deepEqual(all, [1, 2, 3]);
  for await (const { count } of client.subscribe<{ count: number }>('subscription { count }')) {
    assert.equal(count, 1);
    break;
  }
  await client.close();
  assert.equal(stopped, 2);
});

test('a key goes with every request, and with the connection of subscriptions', async () => {
  const seen: unknown[] = [];
  await using target = await serve((request, response) => {
    seen.push(request.headers['x-api-key']);
    response.end(JSON.stringify({ data: {} }));
  });
  const sockets = new WebSocketServer({ server: target.server, path: '/graphql' });
  const served = useServer(
    {
      onConnect({ connectionParams, extra }) {
        seen.push(connectionParams);
        extra.socket.close(4401, 'This API key is not valid.');
        return false;
      },
    },
    sockets,
  );
  const client = createClient({ url: target.url, apiKey: 'rg_secret' });
  await client.request('{ a }');
  await client.request('mutation { a }', { input: { file: new File(['a'], 'a') } });
  await assert.rejects(client.subscribe('subscription { count }').next(), {
    name: 'RequestFailedError',
    message: 'This API key is not valid.',
    codes: ['UNAUTHENTICATED'],
  });
  assert.deepEqual(seen, ['rg_secret', 'rg_secret', { apiKey: 'rg_secret' }]);
  await createClient({ url: target.url }).request('{ a }');
  assert.equal(seen.at(-1), undefined);
  await client.close();
  await served.dispose();
});

test('a subscription goes on after its connection was lost', async () => {
  let connections = 0;
  await using target = await serveCounts(async function* () {
    connections += 1;
    yield connections;
    if (connections === 1) for (const socket of target.sockets.clients) socket.terminate();
  });
  const client = createClient({ url: target.url });
  const all: number[] = [];
  for await (const { count } of client.subscribe<{ count: number }>('subscription { count }')) all.push(count);
  await client.close();
  assert.deepEqual(all, [1, 2]);
});

test('a signal ends a subscription with its reason, a refused document with what the server says', async () => {
  await using target = await serveCounts(async function* () {
    yield 1;
    await new Promise(() => {});
  });
  const client = createClient({ url: target.url });
  const controller = new AbortController();
  const reason = new Error('enough');
  const endless = async () => {
    for await (const _ of client.subscribe('subscription { count }', {}, { signal: controller.signal }))
      controller.abort(reason);
  };
  await assert.rejects(endless(), reason);
  await assert.rejects(client.subscribe('subscription { other }').next(), {
    name: 'RequestFailedError',
    message: /Cannot query field "other"/,
  });
  await client.close();
});

/** A server that takes connections, and says nothing. */
async function serveSilence() {
  const connections = new Set<Socket>();
  const server = createServer((socket) => void connections.add(socket.resume())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

// Within less time than a connection may take to be made.
const AT_ONCE = { timeout: 8000 };

test('a signal and a timeout end what waits for a connection, too', AT_ONCE, async () => {
  await using silence = await serveSilence();
  await using client = createClient({ url: silence.url });
  const controller = new AbortController();
  const reason = new Error('enough');
  const connected = once(silence.server, 'connection');
  const waiting = client.subscribe('subscription { count }', {}, { signal: controller.signal }).next();
  await connected;
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(client.waitForTask('a', { timeout: 100 }), { name: 'TaskTimeoutError', status: undefined });
});

test('a client is closed at once while it connects, and leaves no connection', AT_ONCE, async () => {
  await using silence = await serveSilence();
  const client = createClient({ url: silence.url });
  const connected = once(silence.server, 'connection');
  const refused = assert.rejects(client.subscribe('subscription { count }').next(), { name: 'ClientClosedError' });
  const gone = once((await connected)[0], 'close');
  await client.close();
  await refused;
  await gone;
});

test('a client is closed at once while its connection is not acknowledged', AT_ONCE, async () => {
  await using target = await serve((_, response) => response.end());
  const sockets = new WebSocketServer({ server: target.server, path: '/graphql' });
  const client = createClient({ url: target.url });
  const connected = once(sockets, 'connection');
  const refused = assert.rejects(client.subscribe('subscription { count }').next(), { name: 'ClientClosedError' });
  const [socket] = await connected;
  await once(socket, 'message');
  const gone = once(socket, 'close');
  await client.close();
  await refused;
  assert.equal((await gone)[0], 1000);
  sockets.close();
});

test('a closed client asks no more, whatever it was doing', async () => {
  await using target = await serve(() => void client.close());
  const client = createClient({ url: target.url });
  const closed = { name: 'ClientClosedError' };
  await assert.rejects(client.request('{ a }'), closed);
  await assert.rejects(client.request('{ a }'), closed);
  await assert.rejects(client.subscribe('subscription { count }').next(), closed);
  await client.close();
});
