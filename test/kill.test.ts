import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream, openAsBlob, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createClient } from '../src/client/client.ts';
import { makeClip } from './helpers/clips.ts';
import { createPostgresDatabase } from './helpers/database.ts';
import { type ServerProcess, startServer } from './helpers/server-process.ts';

const TASK = 'id status progress attempt video { segments(modalities: [VISUAL]) { totalCount } } history { status }';
interface Task {
  id: string;
  status: string;
  progress: number;
  attempt: number;
  video: { segments: { totalCount: number } } | null;
  history: { status: string }[];
}

let folder: string;
let settings: Record<string, string>;
let drop = async () => {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-kill-'));
  settings = { DATA_DIR: folder, FETCH_ALLOW_ADDRESSES: '127.0.0.1' };
  if (!process.env.TEST_DATABASE_URL) return;
  const database = await createPostgresDatabase(process.env.TEST_DATABASE_URL);
  drop = database.drop;
  settings.DATABASE_URL = database.url;
});
after(async () => {
  await drop();
  await rm(folder, { recursive: true, force: true });
});

/** Follows a task until it is in one of the states, and has made some progress there. */
async function follow(server: ServerProcess, id: string, isReached: (task: Task) => boolean): Promise<Task> {
  const client = createClient(server.url);
  try {
    const document = `subscription ($id: ID!) { taskUpdated(id: $id) { ${TASK} } }`;
    for await (const { taskUpdated } of client.subscribe<{ taskUpdated: Task }>(document, { id }))
      if (isReached(taskUpdated)) return taskUpdated;
    throw new Error('the subscription ended before the state was reached');
  } finally {
    await client.close();
  }
}

async function createIndex(server: ServerProcess): Promise<string> {
  const document = 'mutation { createIndex(input: { name: "killed", modalities: [VISUAL] }) { ... on Index { id } } }';
  const { createIndex: index } = await createClient(server.url).request<{ createIndex: { id: string } }>(document);
  return index.id;
}

const CREATE = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } } }';

it('a task survives the kill of its process in every state', async () => {
  const clip = await makeClip({ seconds: 60, width: 1280, height: 720, scenes: 3 });
  const { size } = statSync(clip);
  let held = true;
  const remote = createServer((_, response) => {
    response.writeHead(200, { 'content-length': size });
    if (held) createReadStream(clip, { end: 100_000 }).pipe(response, { end: false });
    else createReadStream(clip).pipe(response);
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  const videoUrl = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/clip.mp4`;
  let server = await startServer(settings);
  try {
    const indexId = await createIndex(server);
    const input = { indexId, videoUrl };
    const created = await createClient(server.url).request<{ createTask: { id: string } }>(CREATE, { input });
    const { id } = created.createTask;
    for (const status of ['UPLOADING', 'VALIDATING', 'INDEXING']) {
      await follow(server, id, (task) => task.status === status && task.progress > 0);
      await server.end('SIGKILL');
      held = false;
      server = await startServer(settings);
    }
    const ready = await follow(server, id, (task) => task.status === 'READY');
    assert.equal(ready.attempt, 1);
    assert.equal(ready.video?.segments.totalCount, 11);
    assert.deepEqual(
      ready.history.map(({ status }) => status),
      ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'],
    );
  } finally {
    await server.end('SIGKILL');
    remote.closeAllConnections();
    remote.close();
  }
});

it('SIGTERM hands back the work and ends the process; the next one goes on', async () => {
  const clip = await makeClip({ seconds: 60, width: 1280, height: 720, scenes: 2 });
  const leftByKills = await readdir(join(folder, 'tmp'));
  let server = await startServer(settings);
  try {
    const client = createClient(server.url);
    const { indexes } = await client.request<{ indexes: { edges: { node: { id: string } }[] } }>(
      '{ indexes { edges { node { id } } } }',
    );
    const file = new File([await openAsBlob(clip)], 'clip.mp4');
    const input = { indexId: indexes.edges[0]?.node.id, videoFile: null };
    const created = await client.upload<{ createTask: { id: string } }>(CREATE, { input }, { 'input.videoFile': file });
    const { id } = created.createTask;
    await follow(server, id, (task) => task.status === 'VALIDATING' && task.progress > 0.11);
    assert.equal(await server.end('SIGTERM'), 0);
    server = await startServer(settings);
    const ready = await follow(server, id, (task) => task.status === 'READY');
    assert.equal(ready.attempt, 1);
    assert.deepEqual(await readdir(join(folder, 'tmp')), leftByKills);
  } finally {
    await server.end('SIGKILL');
  }
});
