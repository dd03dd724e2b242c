import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { execute, parse } from 'graphql';
import type { Caller } from '../../src/domain/callers.ts';
import type { Env } from '../../src/env.ts';
import { createContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createPlaces } from '../../src/queue/places.ts';
import { uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';
import { indexOf } from '../helpers/limits.ts';
import { globalId } from '../helpers/tasks.ts';
import { until } from '../helpers/until.ts';

const FAILURE = '... on Error { code message } ... on LimitExceededError { limit retryAfter }';
const CREATE_TASK = `mutation ($input: CreateTaskInput!) {
  result: createTask(input: $input) { __typename ... on Task { id } ${FAILURE} }
}`;
const CREATE_EMBEDDING_TASK = `mutation ($input: CreateEmbeddingTaskInput!) {
  result: createEmbeddingTask(input: $input) { __typename ... on EmbeddingTask { id } ${FAILURE} }
}`;
const EMBED = `mutation ($input: EmbedInput!) { result: embed(input: $input) { __typename ${FAILURE} } }`;
const RETRY = `mutation ($id: ID!) { result: retryTask(id: $id) { __typename ${FAILURE} } }`;
const CANCEL = 'mutation ($id: ID!) { result: cancelTask(id: $id) { __typename } }';
const SEARCH = 'query ($input: SearchInput!) { result: search(input: $input) { __typename ... on Error { code } } }';
const URL = 'http://videos.example/a.mp4';
const SIZE = 200_000;

interface Result {
  __typename: string;
  id: string;
  code: string;
  message: string;
  limit: string;
  retryAfter: number | null;
}

describe('limits per tenant', () => {
  let graphql: GraphQLApp;
  let tenants = 0;
  let tenant: string;
  let indexId: string;
  before(async () => {
    graphql = await createGraphQLApp();
  });
  beforeEach(async () => {
    await becomeAnother();
    limit({});
  });
  after(() => graphql[Symbol.asyncDispose]());

  /** Goes on as a tenant that has nothing yet. */
  async function becomeAnother(): Promise<void> {
    tenants += 1;
    tenant = `tenant ${tenants}`;
    indexId = globalId('Index', await indexOf(graphql.app, tenant));
  }

  /** Sets limits of all tenants from now on. */
  function limit(env: Partial<Env>): void {
    graphql.app.env = { ...graphql.app.env, MAX_STORED_BYTES: undefined, MAX_QUEUED_TASKS: 10_000, ...env };
    graphql.app.uploads = createPlaces(env.MAX_UPLOADS_IN_FLIGHT ?? 256);
  }

  const call = async (document: string, variables: object) =>
    (await graphql.query<{ result: Result }>(document, { ...variables }, tenant)).result;
  const kinds = [
    (input: object) => call(CREATE_TASK, { input: { indexId, ...input } }),
    (input: object) => call(CREATE_EMBEDDING_TASK, { input }),
  ];
  const [createTask, createEmbeddingTask] = kinds as [(typeof kinds)[0], (typeof kinds)[0]];
  const file = (bytes = randomBytes(SIZE)) => uploadOf(Readable.from(chunksOf(bytes)), 'a.mp4').upload;
  const temporaryFiles = () => readdir(join(graphql.app.env.DATA_DIR, 'tmp'));

  it('stored bytes: refused before the bytes are read once nothing is left, and the file passes by', async () => {
    for (const create of kinds) {
      await create({ videoFile: file() });
      limit({ MAX_STORED_BYTES: SIZE });
      const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(SIZE))), 'b.mp4');
      const passed = once(stream, 'end');
      assert.deepEqual(await create({ videoFile: upload }), {
        __typename: 'LimitExceededError',
        code: 'LIMIT_EXCEEDED',
        message: `${SIZE} bytes are stored, and at least 1 were to be added; at most ${SIZE} are allowed.`,
        limit: `${SIZE} bytes stored`,
        retryAfter: null,
      });
      await passed;
      assert.equal((await create({ videoUrl: URL })).code, 'LIMIT_EXCEEDED');
      await becomeAnother();
      assert.match((await create({ videoFile: file() })).__typename, /Task$/, 'another tenant is not affected');
      await becomeAnother();
      limit({});
    }
  });

  it('stored bytes: cut off as soon as more arrive than is left', async () => {
    limit({ MAX_STORED_BYTES: 2 * SIZE });
    for (const create of kinds) {
      if (create === createTask) await create({ videoFile: file() });
      const arriving = new PassThrough();
      const answered = create({ videoFile: uploadOf(arriving, 'b.mp4').upload });
      // It does not end: that too much has come is enough.
      arriving.write(randomBytes(SIZE));
      arriving.write(randomBytes(1));
      const { message, retryAfter } = await answered;
      assert.equal(
        message,
        `${SIZE} bytes are stored, and more than ${SIZE} were to be added; at most ${2 * SIZE} are allowed.`,
      );
      assert.equal(retryAfter, null);
      assert.deepEqual(await temporaryFiles(), []);
      arriving.end();
    }
    assert.equal((await createTask({ videoFile: file() })).__typename, 'Task');
  });

  it('stored bytes: uploads that arrive at once are not taken together', async () => {
    limit({ MAX_STORED_BYTES: 2.5 * SIZE });
    const parts = Array.from({ length: 6 }, () => new PassThrough());
    const answers = parts.map((part, n) =>
      (n % 2 === 0 ? createTask : createEmbeddingTask)({ videoFile: uploadOf(part, 'c.mp4').upload }),
    );
    for (const part of parts) part.end(randomBytes(SIZE));
    const results = await Promise.all(answers);
    assert.equal(results.filter(({ __typename }) => __typename.endsWith('Task')).length, 2);
    assert.equal(results.filter(({ code }) => code === 'LIMIT_EXCEEDED').length, 4);
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('a repeated token brings its task back over every limit of tasks and bytes', async () => {
    const bytes = randomBytes(SIZE);
    for (const create of kinds) {
      const first = await create({ videoFile: file(bytes), clientToken: 'a' });
      limit({ MAX_STORED_BYTES: 1, MAX_QUEUED_TASKS: 1 });
      assert.deepEqual(await create({ videoFile: file(bytes), clientToken: 'a' }), first);
      assert.equal((await create({ videoFile: file(), clientToken: 'a' })).code, 'CONFLICT');
      assert.equal((await create({ videoFile: file(bytes), clientToken: 'b' })).code, 'LIMIT_EXCEEDED');
      limit({});
    }
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('queued tasks: refused before the bytes are read, by URL and by a retry, until one is over', async () => {
    limit({ MAX_QUEUED_TASKS: 1 });
    const { id } = await createTask({ videoUrl: URL });
    for (const create of kinds) {
      const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(SIZE))), 'b.mp4');
      const passed = once(stream, 'end');
      const { limit: most, retryAfter, __typename } = await create({ videoFile: upload });
      assert.deepEqual([__typename, most], ['LimitExceededError', '1 unfinished tasks']);
      assert.ok(retryAfter && retryAfter >= 1);
      await passed;
      assert.equal((await create({ videoUrl: URL })).code, 'LIMIT_EXCEEDED');
    }
    await call(CANCEL, { id });
    assert.equal((await createEmbeddingTask({ videoUrl: URL })).__typename, 'EmbeddingTask');
    assert.equal((await call(RETRY, { id })).__typename, 'LimitExceededError');
  });

  it('uploads in flight: the one too many is refused unread, and each end of an upload makes room', async () => {
    limit({ MAX_UPLOADS_IN_FLIGHT: 1 });
    const ends: [name: string, end: (part: PassThrough) => void, code?: string][] = [
      ['it is whole', (part) => part.end(randomBytes(SIZE))],
      ['the client goes away', (part) => part.destroy(new Error('Request disconnected'))],
      ['it is too large', (part) => part.end(randomBytes(2 * SIZE))],
    ];
    for (const [name, end] of ends)
      for (const create of kinds) {
        limit({ MAX_UPLOADS_IN_FLIGHT: 1, MAX_UPLOAD_SIZE: SIZE });
        const arriving = new PassThrough();
        const first = create({ videoFile: uploadOf(arriving, 'a.mp4').upload }).catch((error) => error);
        await until(async () => (await temporaryFiles()).length > 0);
        const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(1000))), 'b.mp4');
        const passed = once(stream, 'end');
        assert.deepEqual(await create({ videoFile: upload }), {
          __typename: 'LimitExceededError',
          code: 'LIMIT_EXCEEDED',
          message: '1 uploads are arriving, and another one came; at most 1 are allowed at a time. Try again in 1 s.',
          limit: '1 uploads at a time',
          retryAfter: 1,
        });
        await passed;
        assert.equal((await temporaryFiles()).length, 1);
        assert.match((await create({ videoUrl: URL })).__typename, /Task$/, 'a URL is no upload');
        end(arriving);
        await first;
        assert.match((await create({ videoFile: file(randomBytes(1000)) })).__typename, /Task$/, name);
      }
  });

  it('uploads in flight: images count, and a search says it in `errors`, as its result has no place for it', async () => {
    limit({ MAX_UPLOADS_IN_FLIGHT: 1 });
    const arriving = new PassThrough();
    const first = call(EMBED, { input: { image: uploadOf(arriving, 'a.jpg').upload } });
    await until(() => arriving.listenerCount('readable') > 0);
    assert.equal((await call(EMBED, { input: { image: file() } })).limit, '1 uploads at a time');
    assert.equal((await createTask({ videoFile: file() })).limit, '1 uploads at a time');
    const input = { indexIds: [indexId], image: file() };
    const { errors } = await graphql.execute(SEARCH, { input }, tenant);
    assert.deepEqual(errors?.[0]?.extensions, { code: 'LIMIT_EXCEEDED', limit: '1 uploads at a time', retryAfter: 1 });
    arriving.end(randomBytes(10));
    assert.equal((await first).code, 'INVALID_INPUT');
    assert.equal((await call(SEARCH, { input: { indexIds: [indexId], image: file() } })).code, 'INVALID_INPUT');
  });

  it('a file that is too large by the length of its request is refused unread', async () => {
    limit({ MAX_STORED_BYTES: 1000 });
    const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(SIZE))), 'a.mp4');
    const passed = once(stream, 'end');
    const caller: Caller = { tenant, role: 'admin', keyId: null };
    const contextValue = createContext(graphql.app, { caller, origin: ORIGIN, linkKey: null, leastUpload: 5000 });
    const variableValues = { input: { indexId, videoFile: upload } };
    const answer = await execute({ schema, document: parse(CREATE_TASK), contextValue, variableValues });
    const message = '0 bytes are stored, and at least 5000 were to be added; at most 1000 are allowed.';
    assert.equal((answer.data as { result: Result } | undefined)?.result.message, message);
    await passed;
  });
});

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
