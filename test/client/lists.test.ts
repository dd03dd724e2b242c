import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Client, createClient, type ReadyTask } from '../../src/client/client.ts';
import { startServer, type TestServer } from '../cli/processes.ts';
import { makePhotoClip } from '../helpers/clips.ts';
import { photo } from '../helpers/photos.ts';
import { startRemoteServer } from '../helpers/remote-server.ts';

/* A minute of video in clips of a second, half a second apart: more than a page of 100 rows. The last one is longer. */
const CLIPS = 116;

let server: TestServer;
let client: Client;
let indexId: string;
let task: ReadyTask;
before(async () => {
  server = await startServer();
  client = createClient({ url: server.url });
  const segmentation = { clipLength: 1, overlap: 0.5 };
  indexId = (await client.createIndex({ name: 'films', modalities: ['VISUAL'], segmentation })).id;
  const photos = [photo('espresso'), photo('rocket')].map((path) => ({ path, seconds: 30 }));
  const { id } = await client.uploadTask({ indexId, videoFile: await makePhotoClip(photos) });
  task = await client.waitForTask(id);
});
after(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

test('segments go on over pages, with vectors where they are asked for', async () => {
  const segments = await Array.fromAsync(client.segments(task.video.id, { modalities: ['VISUAL'] }));
  const clips = segments.filter(({ scope }) => scope === 'CLIP');
  assert.equal(clips.length, CLIPS);
  assert.deepEqual(
    clips.map(({ startOffset }) => startOffset),
    clips.map((_, at) => at / 2),
  );
  assert.ok(segments.every((segment) => !('embedding' in segment)));
  for await (const { embedding } of client.segments(task.video.id, { withEmbeddings: true })) {
    assert.equal(embedding?.length, 256);
    break;
  }
  await assert.rejects(client.segments(indexId).next(), { code: 'NOT_FOUND' });
});

test('hits are found by words, a picture, its address and a moment', async () => {
  await using pictures = await startRemoteServer(async (_, response) => {
    response.setHeader('content-type', 'image/png');
    response.end(Buffer.from(await (await openAsBlob(photo('espresso'))).arrayBuffer()));
  });
  const queries = [
    { text: 'espresso' },
    { image: photo('espresso') },
    { image: await openAsBlob(photo('espresso')) },
    { imageUrl: pictures.url('/espresso.png') },
    { videoSegment: { videoId: task.video.id, startOffset: 3 } },
  ];
  for (const query of queries) {
    const hits = await client.search({ indexIds: [indexId], ...query }, { first: 3 });
    assert.deepEqual(
      hits.map(({ rank, endOffset }) => [rank, endOffset <= 30]),
      [1, 2, 3].map((rank) => [rank, true]),
      Object.keys(query)[0],
    );
  }
  const ranks: number[] = [];
  for await (const { rank } of client.hits({ indexIds: [indexId], image: photo('rocket') })) ranks.push(rank);
  assert.deepEqual(
    ranks,
    Array.from({ length: CLIPS }, (_, at) => at + 1),
  );
  await assert.rejects(client.search({ indexIds: [indexId], text: 'qwertz' }), {
    name: 'OperationFailedError',
    type: 'InvalidInputError',
    message: /qwertz/,
  });
});

test('indexes go on over pages, and are found by their exact name or made', async () => {
  for (let at = 0; at < 101; at++) await client.createIndex({ name: `index ${at}` });
  const names: string[] = [];
  const oldestFirst = { field: 'CREATED_AT', direction: 'ASC' } as const;
  for await (const { name } of client.indexes({ filter: { name: 'index' }, orderBy: oldestFirst })) names.push(name);
  assert.deepEqual(
    names,
    names.map((_, at) => `index ${at}`),
  );
  assert.equal(names.length, 101);
  assert.equal((await client.findIndex('index 1'))?.name, 'index 1');
  assert.equal(await client.findIndex('inde'), undefined);
  const both = await Promise.all([client.ensureIndex({ name: 'new' }), client.ensureIndex({ name: 'new' })]);
  assert.equal(both[0].id, both[1].id);
  assert.equal(both.filter(({ created }) => created).length, 1);
});

test('tasks and videos are listed by filters', async () => {
  assert.deepEqual(await Array.fromAsync(client.tasks({ filter: { indexId, status: ['READY'] } })), [task]);
  assert.deepEqual(await Array.fromAsync(client.tasks({ filter: { status: ['FAILED'] } })), []);
  assert.deepEqual(await Array.fromAsync(client.videos(indexId)), [task.video]);
  assert.deepEqual(await Array.fromAsync(client.videos(indexId, { filter: { maxDuration: 1 } })), []);
  await assert.rejects(client.videos(task.id).next(), { name: 'OperationFailedError', code: 'NOT_FOUND' });
});

test('segments of an embedding task are there once it is READY', async () => {
  const create = `mutation ($input: CreateEmbeddingTaskInput!) {
    createEmbeddingTask(input: $input) { ... on EmbeddingTask { id } }
  }`;
  const photos = [{ path: photo('rocket'), seconds: 12 }];
  const videoFile = new File([await openAsBlob(await makePhotoClip(photos))], 'rocket.mp4');
  const made = await client.request<{ createEmbeddingTask: { id: string } }>(create, { input: { videoFile } });
  const { id } = made.createEmbeddingTask;
  const follow = 'subscription ($id: ID!) { embeddingTaskUpdated(id: $id) { status } }';
  for await (const _ of client.subscribe(follow, { id }));
  const segments = await Array.fromAsync(client.segments(id));
  assert.deepEqual(
    segments.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
    [
      [0, 6],
      [6, 12],
    ],
  );
});
