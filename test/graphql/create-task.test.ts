import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { findAsset } from '../../src/domain/assets.ts';
import { findTasks } from '../../src/domain/tasks.ts';
import { absentUpload, uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, globalId } from '../helpers/tasks.ts';

const CREATE = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) {
    __typename
    ... on Task { id status source progress }
    ... on Error { code message }
    ... on InvalidInputError { issues { path } }
    ... on LimitExceededError { limit retryAfter }
  }
}`;

interface Created {
  createTask: { __typename: string; id: string; code: string; message: string; issues: { path: string[] }[] };
}

const URL = 'http://videos.example/walks/in%20the%20park.mp4';

describe('createTask', () => {
  let graphql: GraphQLApp;
  let indexId: string;
  const create = async (input: object) =>
    (await graphql.query<Created>(CREATE, { input: { indexId, ...input } })).createTask;
  const rowOf = async ({ id }: { id: string }) => {
    const key = Buffer.from(id, 'base64').toString().replace('Task:', '');
    const [row] = await findTasks(graphql.app.db, 'default', [key]);
    assert.ok(row);
    return row;
  };
  const temporaryFiles = () => readdir(join(graphql.app.env.DATA_DIR, 'tmp'));

  before(async () => {
    graphql = await createGraphQLApp({ MAX_UPLOAD_SIZE: 1_000_000 });
    indexId = globalId('Index', await addIndex(graphql.app));
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('stores a file under its hash, together with its task', async () => {
    const bytes = randomBytes(300_000);
    const { upload } = uploadOf(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]), 'a walk.mp4');
    const task = await create({ videoFile: upload, userMetadata: { camera: 'north' } });
    assert.deepEqual(task, { __typename: 'Task', id: task.id, status: 'VALIDATING', source: 'FILE', progress: 0.1 });
    const row = await rowOf(task);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual([row.asset, row.filename, row.userMetadata], [sha256, 'a walk.mp4', { camera: 'north' }]);
    assert.deepEqual(await readFile(graphql.app.storage.assetPath(sha256)), bytes);
    assert.equal((await findAsset(graphql.app.db, sha256))?.size, bytes.length);
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('takes a URL, which wins over a file; the file passes by and is not stored', async () => {
    const bytes = randomBytes(500_000);
    const { upload, stream } = uploadOf(Readable.from(chunksOf(bytes)), 'b.mp4');
    const ended = once(stream, 'end');
    const task = await create({ videoUrl: URL, videoFile: upload });
    assert.deepEqual(task, { __typename: 'Task', id: task.id, status: 'UPLOADING', source: 'URL', progress: 0 });
    const row = await rowOf(task);
    assert.deepEqual([row.sourceUrl, row.filename, row.asset], [URL, 'in the park.mp4', null]);
    await ended;
    const path = graphql.app.storage.assetPath(createHash('sha256').update(bytes).digest('hex'));
    await assert.rejects(access(path), { code: 'ENOENT' });
  });

  it('refuses neither', async () => {
    const { __typename, issues } = await create({});
    assert.deepEqual(
      { __typename, issues },
      { __typename: 'InvalidInputError', issues: [{ path: ['input', 'videoFile'] }] },
    );
  });

  it('refuses what needs no bytes before it reads any, and lets the file pass by', async () => {
    const bad = [
      [{ indexId: 'nothing' }, 'NOT_FOUND'],
      [{ userMetadata: { note: 'x'.repeat(70_000) } }, 'INVALID_INPUT'],
      [{ provideTranscription: true }, 'INVALID_INPUT'],
    ] as const;
    for (const [input, code] of bad) {
      const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(500_000))), 'c.mp4');
      const ended = once(stream, 'end');
      assert.equal((await create({ videoFile: upload, ...input })).code, code);
      await ended;
      assert.deepEqual(await temporaryFiles(), []);
    }
    const { issues } = await create({ videoUrl: URL, provideTranscription: true });
    assert.deepEqual(issues, [{ path: ['input', 'provideTranscription'] }]);
  });

  it('refuses a bad language and a bad token, and keeps no bytes', async () => {
    const bytes = randomBytes(1000);
    const input = { language: 'not a tag', clientToken: 'x'.repeat(201) };
    const { issues } = await create({ videoFile: uploadOf(Readable.from([bytes]), 'd.mp4').upload, ...input });
    assert.deepEqual(issues, [{ path: ['input', 'clientToken'] }, { path: ['input', 'language'] }]);
    assert.deepEqual(await temporaryFiles(), []);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(await graphql.app.storage.hasAsset(sha256), false);
    assert.equal(await findAsset(graphql.app.db, sha256), undefined);
  });

  it('refuses a file for which the disk has no room, and lets it pass by', async () => {
    await using crowded = await createGraphQLApp({ MIN_FREE_DISK: Number.MAX_SAFE_INTEGER });
    const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(300_000))), 'a.mp4');
    const ended = once(stream, 'end');
    const input = { indexId: globalId('Index', await addIndex(crowded.app)), videoFile: upload };
    const { createTask } = await crowded.query<{ createTask: object }>(CREATE, { input });
    assert.deepEqual(createTask, {
      __typename: 'LimitExceededError',
      code: 'LIMIT_EXCEEDED',
      message: "The server's disk has no room for the file.",
      limit: "9007199254740991 bytes stay free on the server's disk",
      retryAfter: 300,
    });
    await ended;
    assert.deepEqual(await readdir(join(crowded.app.env.DATA_DIR, 'tmp')), []);
  });

  it('refuses a file over the limit, and lets the rest of it pass by', async () => {
    const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(2_000_000))), 'e.mp4');
    const ended = once(stream, 'end');
    assert.deepEqual(await create({ videoFile: upload }), {
      __typename: 'LimitExceededError',
      code: 'LIMIT_EXCEEDED',
      message: 'The file is larger than 1000000 bytes, the most that is allowed.',
      limit: '1000000 bytes in one upload',
      retryAfter: null,
    });
    await ended;
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('leaves nothing of an upload that is cut off', async () => {
    const reads = [randomBytes(1000), randomBytes(1000)];
    const half = new Readable({
      read() {
        const chunk = reads.pop();
        if (chunk) this.push(chunk);
        else this.destroy(new Error('Request disconnected during file upload stream parsing.'));
      },
    });
    const { upload } = uploadOf(half, 'f.mp4');
    const { errors } = await graphql.execute(CREATE, { input: { indexId, videoFile: upload } });
    assert.deepEqual(errors?.[0]?.extensions, { code: 'UPLOAD_ABORTED' });
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('says when the request has no part for a file, or was cut before it', async () => {
    const { issues } = await create({ videoFile: absentUpload(400) });
    assert.deepEqual(issues, [{ path: ['input', 'videoFile'] }]);
    const { errors } = await graphql.execute(CREATE, { input: { indexId, videoFile: absentUpload(499) } });
    assert.deepEqual(errors?.[0]?.extensions, { code: 'UPLOAD_ABORTED' });
  });

  it('repeats a request with the same token, and refuses another one with it', async () => {
    const bytes = randomBytes(1000);
    const file = () => uploadOf(Readable.from([bytes]), 'g.mp4').upload;
    const input = { clientToken: 'once', userMetadata: { a: 1, b: [2] } };
    const first = await create({ ...input, videoFile: file() });
    const again = await create({ ...input, userMetadata: { b: [2], a: 1 }, videoFile: file() });
    assert.equal(again.id, first.id);
    const rush = await Promise.all(Array.from({ length: 50 }, () => create({ ...input, videoFile: file() })));
    assert.deepEqual(new Set(rush.map(({ id }) => id)), new Set([first.id]));
    const race = () => create({ clientToken: 'race', videoFile: file() });
    const racers = await Promise.all(Array.from({ length: 50 }, race));
    assert.equal(new Set(racers.map(({ id }) => id)).size, 1);
    const others = [
      { ...input, videoFile: uploadOf(Readable.from([randomBytes(1000)]), 'g.mp4').upload },
      { ...input, videoFile: file(), userMetadata: { a: 1 } },
      { ...input, videoFile: file(), language: 'en' },
      { ...input, videoUrl: URL },
    ];
    for (const other of others) assert.equal((await create(other)).code, 'CONFLICT');
    assert.deepEqual(await temporaryFiles(), []);
    assert.equal(await graphql.app.storage.hasAsset(createHash('sha256').update(bytes).digest('hex')), true);
  });

  it('takes absolute http URLs only, without credentials', async () => {
    const withSecret = 'https://user:secret@example.com/a.mp4';
    for (const videoUrl of ['ftp://example.com/a.mp4', 'file:///etc/passwd', '/a.mp4', 'nonsense', 1, withSecret]) {
      const { errors } = await graphql.execute(CREATE, { input: { indexId, videoUrl } });
      assert.match(errors?.[0]?.message ?? '', /absolute and begins with http/);
    }
  });

  it('takes no JSON that could be mistaken for a prototype, as a variable or written out', async () => {
    const { errors } = await graphql.execute(CREATE, {
      input: { indexId, videoUrl: URL, userMetadata: JSON.parse('{"a": {"__proto__": {"admin": true}}}') },
    });
    assert.match(errors?.[0]?.message ?? '', /__proto__/);
    for (const written of ['{ __proto__: { admin: true } }', '[1]', '"text"', '1'])
      await assert.rejects(
        graphql.query(
          `mutation { createTask(input: { indexId: "${indexId}", videoUrl: "${URL}", userMetadata: ${written} }) { __typename } }`,
        ),
        /JSONObject/,
      );
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`);
    const tooDeep = await graphql.execute(CREATE, { input: { indexId, videoUrl: URL, userMetadata: deep } });
    assert.match(tooDeep.errors?.[0]?.message ?? '', /levels deep/);
  });
});

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
