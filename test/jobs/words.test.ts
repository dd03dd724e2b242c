import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { takeFiles } from '../../src/client/files.ts';
import { createMultipart } from '../../src/client/multipart.ts';
import type { TaskRow } from '../../src/db/schema.ts';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { retryTask } from '../../src/domain/tasks.ts';
import { type HttpServer, listen } from '../../src/http/server.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { globalId } from '../helpers/tasks.ts';
import { createVideoIndex, goodClip, TENANT, waitForEnd } from '../helpers/uploads.ts';

let test: TestApp;
let server: HttpServer;
let clip: string;
let indexId: string;
let answer: RequestListener = () => {};
const asked: string[] = [];
const remote = createServer((request, response) => {
  asked.push(request.url ?? '');
  answer(request, response);
});

before(async () => {
  clip = await goodClip();
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  test = await createTestApp({ workers: true, env: { FETCH_ALLOW_ADDRESSES: ['127.0.0.1'] } });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  const index = await createVideoIndex(test.app, { modalities: ['VISUAL', 'TRANSCRIPTION'] });
  indexId = globalId('Index', index);
});
after(async () => {
  remote.closeAllConnections();
  remote.close();
  await server.close();
  await test[Symbol.asyncDispose]();
});

const address = (path: string) => `http://127.0.0.1:${(remote.address() as AddressInfo).port}${path}`;

async function ask<Data>(query: string, given: object) {
  const { variables, files } = takeFiles(given);
  const { type, chunks } = createMultipart(query, variables, files);
  const body = Buffer.concat(await Array.fromAsync(chunks()));
  const headers = { 'content-type': type, 'graphql-require-preflight': '1' };
  const response = await fetch(`${server.url}/graphql`, { method: 'POST', body, headers });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Creates a task over HTTP, and waits for its end. */
async function run(input: object): Promise<TaskRow> {
  const { createTask } = await ask<{ createTask: { id: string; message?: string } }>(
    'mutation ($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } ... on Error { message } } }',
    { input: { indexId, provideTranscription: true, ...input } },
  );
  assert.ok(createTask.id, createTask.message);
  return waitForEnd(test.app, Buffer.from(createTask.id, 'base64').toString().replace('Task:', ''));
}

interface VideoData {
  task: {
    video: {
      transcript: { startOffset: number; endOffset: number; text: string }[];
      segments: { edges: { node: { startOffset: number; scope: string; text: string; embedding: null } }[] };
    };
  };
}

async function wordsOf(task: TaskRow) {
  assert.equal(task.status, 'READY', task.failure?.message);
  const { task: found } = await ask<VideoData>(
    `query ($id: ID!) { task(id: $id) { video {
      transcript { startOffset endOffset text }
      segments(modalities: [TRANSCRIPTION]) { edges { node { startOffset scope text embedding } } }
    } } }`,
    { id: globalId('Task', task) },
  );
  return {
    transcript: found.video.transcript.map(({ startOffset, endOffset, text }) => [startOffset, endOffset, text]),
    segments: found.video.segments.edges.map(({ node }) => [node.scope, node.startOffset, node.text]),
  };
}

const videoFile = async () => new File([await readFile(clip)], 'talk.mp4');
const SRT = [
  ...['1', '00:00:01,000 --> 00:00:04,500', '<i>Grüße aus</i>', 'München', ''],
  ...['2', '00:00:05,000 --> 00:00:07,250', 'quite & rather late', ''],
  ...['3', '00:00:20,000 --> 00:00:21,000 X1:10', '{\\an8}the end', ''],
].join('\r\n');
const WORDS = {
  transcript: [
    [1, 4.5, 'Grüße aus München'],
    [5, 7.25, 'quite & rather late'],
    [20, 21, 'the end'],
  ],
  segments: [
    ['CLIP', 0, 'Grüße aus München quite & rather late'],
    ['CLIP', 6, 'quite & rather late'],
    ['CLIP', 18, 'the end'],
    ['VIDEO', 0, 'Grüße aus München quite & rather late the end'],
  ],
};

it('a video and its words in one request', async () => {
  const transcriptionFile = new File([Buffer.from(SRT, 'latin1')], 'talk.srt');
  const task = await run({ language: 'de', transcriptionFile, videoFile: await videoFile() });
  assert.deepEqual(await wordsOf(task), WORDS);
});

it('both behind URLs: the words come first', async () => {
  asked.length = 0;
  answer = (request, response) => {
    response.writeHead(200);
    if (request.url === '/talk.mp4') return createReadStream(clip).pipe(response);
    return response.end(`WEBVTT\n\n${SRT.replaceAll(/(\d),(\d)/g, '$1.$2')}`);
  };
  const task = await run({ videoUrl: address('/talk.mp4'), transcriptionUrl: address('/talk.vtt') });
  assert.deepEqual(asked, ['/talk.vtt', '/talk.mp4']);
  assert.deepEqual(await wordsOf(task), WORDS);
  const history = (await listTransitions(test.app.db, [task.id])).map(({ status }) => status);
  assert.deepEqual(history, ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY']);
});

it('a file and a URL of its words', async () => {
  answer = (_, response) => response.end(SRT);
  const input = { transcriptionUrl: address('/talk.srt') };
  const task = await run({ ...input, videoFile: await videoFile() });
  assert.deepEqual(await wordsOf(task), WORDS);
});

it('without words there are none', async () => {
  const task = await run({ provideTranscription: false, videoFile: await videoFile() });
  assert.deepEqual(await wordsOf(task), { transcript: [], segments: [] });
});

it('words that cannot be downloaded are DOWNLOAD_FAILED, and the video need not come', async () => {
  asked.length = 0;
  answer = (_, response) => response.writeHead(404).end();
  const both = await run({ videoUrl: address('/talk.mp4'), transcriptionUrl: address('/none.srt') });
  assert.deepEqual(asked, ['/none.srt']);
  answer = (_, response) => response.end(Buffer.alloc(5 * 1024 ** 2, 'a'));
  const large = await run({ transcriptionUrl: address('/large.srt'), videoFile: await videoFile() });
  const inside = await run({ videoUrl: address('/talk.mp4'), transcriptionUrl: 'http://10.0.0.1/talk.srt' });
  for (const [{ failure }, cause] of [
    [both, /status 404/],
    [inside, /a private address or to none/],
    [large, /larger than 4194304 bytes/],
  ] as const) {
    assert.equal(failure?.code, 'DOWNLOAD_FAILED');
    assert.match(failure.message, /^The transcription could not be downloaded: /);
    assert.match(failure.message, cause);
  }
});

it('faulty words fail the task, which says where; a retry fails the same way', async () => {
  const faulty = SRT.replace('00:00:07,250', '00:00:04,250');
  const task = await run({ videoFile: await videoFile(), transcriptionFile: new File([faulty], 'talk.srt') });
  assert.deepEqual(task.failure, {
    code: 'TRANSCRIPTION_INVALID',
    message:
      'The transcription is invalid: line 7: End timestamp is not greater than start timestamp: "00:00:05,000 --> 00:00:04,250".',
    actual: 'line 7: End timestamp is not greater than start timestamp: "00:00:05,000 --> 00:00:04,250"',
    allowed: 'a SubRip or WebVTT file with cues that lie within the video',
  });
  assert.equal(Math.round(task.metadata?.duration ?? 0), 30);
  await test.app.db.transaction((tx) => retryTask(tx, test.app.queue, TENANT, task.id));
  const again = await waitForEnd(test.app, task.id);
  assert.deepEqual([again.attempt, again.failure], [2, task.failure]);
});

it('faulty words behind a URL are downloaded again by a retry', async () => {
  answer = (_, response) => response.end('Not a subtitle');
  const input = { transcriptionUrl: address('/talk.srt') };
  const task = await run({ ...input, videoFile: await videoFile() });
  assert.equal(task.failure?.code, 'TRANSCRIPTION_INVALID');
  assert.match(task.failure.message, /neither SubRip nor WebVTT/);
  answer = (_, response) => response.end(SRT);
  await test.app.db.transaction((tx) => retryTask(tx, test.app.queue, TENANT, task.id));
  assert.deepEqual(await wordsOf(await waitForEnd(test.app, task.id)), WORDS);
});
