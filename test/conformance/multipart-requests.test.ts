import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer, type TestServer } from '../cli/processes.ts';
import { post } from '../clients/post.ts';
import { CREATE_INDEX, createdId, smallFile } from '../clients/scenario.ts';
import { until } from '../helpers/until.ts';

/*
 * https://github.com/jaydenseric/graphql-multipart-request-spec, by the cases that its reference implementation is
 * tested with, as far as test/http has not got them.
 */

const MOST_BYTES = 1_000_000;
const CREATE = `mutation ($input: CreateTaskInput!, $other: CreateTaskInput!, $isTwo: Boolean!) {
  one: createTask(input: $input) { ...result }
  two: createTask(input: $other) @include(if: $isTwo) { ...result }
}
fragment result on CreateTaskResult { __typename ... on Error { message } ... on InvalidInputError { issues { path message } } }`;

const CREATE_EMBEDDINGS = `mutation ($one: CreateEmbeddingTaskInput!, $two: CreateEmbeddingTaskInput!, $isTwo: Boolean!) {
  one: createEmbeddingTask(input: $one) { ... on EmbeddingTask { id } }
  two: createEmbeddingTask(input: $two) @include(if: $isTwo) { ... on Error { message } }
}`;
const NOT_KEPT = /used by another field of this request, which has not kept it/;

let server: TestServer;
let batching: TestServer;
let indexIds: Map<TestServer, string>;
before(async () => {
  const settings = { MAX_UPLOAD_SIZE: String(MOST_BYTES) };
  [server, batching] = await Promise.all([startServer(settings), startServer({ MAX_BATCH: '2' })]);
  const input = { name: 'parts', validation: { minDuration: 0, minHeight: 1, requireAudio: false } };
  const created = [server, batching].map(async (each) => {
    const { data } = await post(`${each.url}/graphql`, { query: CREATE_INDEX, variables: { input } });
    return [each, createdId(data.createIndex)] as const;
  });
  indexIds = new Map(await Promise.all(created));
});
after(() => Promise.all([server, batching].map((each) => each[Symbol.asyncDispose]())));

type Part = [name: string, content: string | File];

/** Sends parts in their order, and reads the answer. */
async function send(parts: Part[], to = server) {
  const body = new FormData();
  for (const [name, content] of parts) body.append(name, content);
  const answer = await fetch(`${to.url}/graphql`, {
    method: 'POST',
    headers: { 'graphql-require-preflight': '1' },
    body,
  });
  return { status: answer.status, ...(await answer.json()) };
}

interface Inputs {
  input?: object;
  other?: object;
}

/** The operations that create a task, or two. */
function operations({ input = {}, other }: Inputs = {}, to = server): object {
  const indexId = indexIds.get(to);
  const variables = {
    input: { indexId, videoFile: null, ...input },
    other: { indexId, videoFile: null, ...other },
    isTwo: other !== undefined,
  };
  return { query: CREATE, variables };
}

const json = (name: string, value: unknown): Part => [name, JSON.stringify(value)];
const VIDEO = 'variables.input.videoFile';
const file = (content = 'bytes', name = 'a.mp4') => new File([content], name, { type: 'video/mp4' });

describe('files reach the variables that the map names', () => {
  it('one', async () => {
    const { data } = await send([
      json('operations', operations()),
      json('map', { 0: [VIDEO] }),
      ['0', await smallFile()],
    ]);
    assert.deepEqual(data, { one: { __typename: 'Task' } });
  });

  it('two, in either order, under any names', async () => {
    const words = file('1\n00:00:00,000 --> 00:00:01,000\nhello\n', 'words.srt');
    const input = { transcriptionFile: null, provideTranscription: true };
    const map = { video: [VIDEO], words: ['variables.input.transcriptionFile'] };
    const [video, text]: Part[] = [
      ['video', await smallFile()],
      ['words', words],
    ];
    for (const files of [[video, text] as Part[], [text, video] as Part[]]) {
      const { data } = await send([json('operations', operations({ input })), json('map', map), ...files]);
      assert.deepEqual(data, { one: { __typename: 'Task' } });
    }
  });

  it('two of two fields, which run one after the other', async () => {
    const map = { 0: [VIDEO], 1: ['variables.other.videoFile'] };
    const body = [json('operations', operations({ other: {} })), json('map', map)];
    const { data } = await send([...body, ['0', await smallFile()], ['1', await smallFile()]]);
    assert.deepEqual(data, { one: { __typename: 'Task' }, two: { __typename: 'Task' } });
  });

  it('of a batch, where batches are taken', async () => {
    const batch = [operations({}, batching), operations({}, batching)];
    const map = { 0: [`0.${VIDEO}`], 1: [`1.${VIDEO}`] };
    const parts = [json('operations', batch), json('map', map)];
    const files: Part[] = [
      ['0', await smallFile()],
      ['1', await smallFile()],
    ];
    const answer = await send([...parts, ...files], batching);
    assert.deepEqual(
      [answer[0]?.data, answer[1]?.data],
      Array(2).fill({ one: { __typename: 'Task' } }),
      JSON.stringify(answer),
    );
  });
});

describe('what is not so is refused, in words', () => {
  const complete = (): Part[] => [json('operations', operations()), json('map', { 0: [VIDEO] })];
  const cases: [name: string, parts: () => Part[], status: number, message: RegExp][] = [
    [
      'a batch, unless they are taken',
      () => [json('operations', [operations()]), json('map', { 0: [`0.${VIDEO}`] }), ['0', file()]],
      400,
      /[Bb]atching is not supported/,
    ],
    ['a part that is missing', complete, 400, /has no part 0/],
    [
      'a part that the map does not name',
      () => [...complete(), ['1', file()], ['0', file()]],
      400,
      /\\"1\\" is not in the map/,
    ],
    ['a part that comes twice', () => [...complete(), ['0', file()], ['0', file()]], 400, /comes twice/],
    [
      'files too many',
      () => [...complete(), ...Array.from({ length: 5 }, (_, n): Part => [String(n), file()])],
      400,
      /\\"1\\" is not in the map/,
    ],
    [
      'a map of five files',
      () => [complete()[0] as Part, json('map', Object.fromEntries([0, 1, 2, 3, 4].map((n) => [n, [VIDEO]])))],
      413,
      /5|4/,
    ],
    ['operations that are too large', () => [json('operations', { query: 'x'.repeat(200_000) })], 413, /operations/],
    ['a map that is too large', () => [complete()[0] as Part, json('map', { 0: ['x'.repeat(200_000)] })], 413, /map/],
    ['a path that is no text', () => [complete()[0] as Part, json('map', { 0: [1] }), ['0', file()]], 400, /map/],
  ];
  for (const [name, parts, status, message] of cases)
    it(name, async () => {
      const answer = await send(parts());
      assert.equal(answer.status, status, JSON.stringify(answer));
      assert.match(JSON.stringify(answer.errors ?? answer.data), message);
    });

  it('a file that is too large', async () => {
    const { data } = await send([...complete(), ['0', file('x'.repeat(MOST_BYTES + 1))]]);
    assert.equal(data.one.__typename, 'LimitExceededError');
    assert.match(data.one.message, /1000000 bytes/);
  });
});

describe('one file for two variables', () => {
  const map = { 0: [VIDEO, 'variables.other.videoFile'] };

  it('is there for both', async () => {
    const parts = [json('operations', operations({ other: {} })), json('map', map)];
    const { data } = await send([...parts, ['0', await smallFile()]]);
    assert.deepEqual(data, { one: { __typename: 'Task' }, two: { __typename: 'Task' } });
  });

  it('is gone, in words, for the other one where it was not kept', async () => {
    const input = { indexId: Buffer.from('Index:0199c0de-0000-7000-8000-000000000000').toString('base64') };
    const parts = [json('operations', operations({ input, other: {} })), json('map', map)];
    const { data } = await send([...parts, ['0', await smallFile()]]);
    assert.equal(data.one.__typename, 'NotFoundError');
    assert.match(data.two.message, NOT_KEPT);
  });

  it('is gone, in words, where the other one brings back a task that has given its bytes up', async () => {
    const content = 'no video';
    const one = { videoFile: null, clientToken: 'again' };
    const create = (isTwo: boolean) => ({
      query: CREATE_EMBEDDINGS,
      variables: { one, two: { videoFile: null }, isTwo },
    });
    const sent = (isTwo: boolean, places: string[]) =>
      send([json('operations', create(isTwo)), json('map', { 0: places }), ['0', file(content)]]);
    const { data: first } = await sent(false, ['variables.one.videoFile']);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const asset = join(server.settings.DATA_DIR ?? '', 'assets', sha256.slice(0, 2), sha256);
    await until(() => !existsSync(asset));
    const { data } = await sent(true, ['variables.one.videoFile', 'variables.two.videoFile']);
    assert.equal(data.one.id, first.one.id);
    assert.match(data.two.message, NOT_KEPT);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });
});
