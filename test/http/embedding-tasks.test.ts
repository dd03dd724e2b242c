import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { embedFile } from '../helpers/embedding-tasks.ts';
import { globalId } from '../helpers/tasks.ts';
import { goodClip } from '../helpers/uploads.ts';

interface State {
  status: string;
  progress: number;
  failure: { code: string } | null;
  segments: { edges: { node: { thumbnailUrl: string } }[] } | null;
}
type Result = { data?: { embeddingTaskUpdated: State } | null };

let test: TestApp;
let server: HttpServer;
before(async () => {
  test = await createTestApp({ workers: true, env: { FETCH_ALLOW_ADDRESSES: ['127.0.0.1'] } });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await test[Symbol.asyncDispose]();
});

const watch = (id: string) => ({
  query: `subscription { embeddingTaskUpdated(id: "${id}") {
    status progress failure { code } segments { edges { node { thumbnailUrl } } }
  } }`,
});

/** The same subscription by both transports on the same path. */
const transports = {
  'graphql-ws': () =>
    createWsClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    }),
  'server-sent events': () => createSseClient({ url: `${server.url}/graphql`, retryAttempts: 0 }),
};

async function follow(transport: keyof typeof transports, id: string): Promise<State[]> {
  const client = transports[transport]();
  const states: State[] = [];
  try {
    for await (const { data } of client.iterate(watch(id)) as AsyncIterable<Result>)
      if (data) states.push(data.embeddingTaskUpdated);
    return states;
  } finally {
    await client.dispose();
  }
}

for (const transport of Object.keys(transports) as (keyof typeof transports)[])
  it(`${transport}: the current state at once, progress that only grows, READY, the end; and the thumbnails are there`, async () => {
    const id = globalId('EmbeddingTask', await embedFile(test.app, await goodClip(), { scopes: ['CLIP', 'VIDEO'] }));
    const states = await follow(transport, id);
    const statuses = states.map(({ status }) => status);
    assert.deepEqual(new Set(statuses.slice(0, -1)), new Set(['PROCESSING']));
    assert.equal(statuses.at(-1), 'READY');
    for (const [n, { progress }] of states.entries()) assert.ok(progress >= (states[n - 1]?.progress ?? 0));
    const segments = states.at(-1)?.segments?.edges ?? [];
    assert.equal(segments.length, 6);
    for (const { node } of segments) {
      const response = await fetch(new URL(new URL(node.thumbnailUrl).pathname, server.url));
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/jpeg']);
      assert.ok((await response.arrayBuffer()).byteLength > 1000);
    }
    assert.deepEqual(
      (await follow(transport, id)).map(({ status }) => status),
      ['READY'],
    );
    const client = transports[transport]();
    const results: unknown[] = [];
    await (async () => {
      for await (const result of client.iterate(watch(globalId('Task', { id })))) results.push(result);
    })().catch((error) => results.push(error));
    await client.dispose();
    assert.match(JSON.stringify(results), /NOT_FOUND/);
  });

it('a video is downloaded from its URL; one that is not there is DOWNLOAD_FAILED', async () => {
  const clip = await goodClip();
  const remote = createServer((request, response) => {
    if (request.url === '/clip.mp4') createReadStream(clip).pipe(response);
    else response.writeHead(404).end();
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  const create = async (path: string): Promise<string> => {
    const videoUrl = `http://127.0.0.1:${(remote.address() as AddressInfo).port}${path}`;
    const query =
      'mutation ($input: CreateEmbeddingTaskInput!) { createEmbeddingTask(input: $input) { ... on EmbeddingTask { id } } }';
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input: { videoUrl, endOffset: 12, startOffset: 0 } } }),
    });
    return ((await response.json()) as { data: { createEmbeddingTask: { id: string } } }).data.createEmbeddingTask.id;
  };
  try {
    const ready = (await follow('graphql-ws', await create('/clip.mp4'))).at(-1);
    assert.deepEqual([ready?.status, ready?.segments?.edges.length], ['READY', 2]);
    const failed = (await follow('graphql-ws', await create('/none.mp4'))).at(-1);
    assert.deepEqual([failed?.status, failed?.failure?.code], ['FAILED', 'DOWNLOAD_FAILED']);
  } finally {
    remote.closeAllConnections();
    remote.close();
  }
});
