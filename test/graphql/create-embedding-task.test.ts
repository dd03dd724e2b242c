import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { cancelEmbeddingTask, findEmbeddingTasks } from '../../src/domain/embedding-tasks.ts';
import { absentUpload, uploadOf } from '../helpers/file-parts.ts';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';

const CREATE = `mutation ($input: CreateEmbeddingTaskInput!) {
  createEmbeddingTask(input: $input) {
    __typename
    ... on EmbeddingTask {
      id status progress failure { code } metadata { duration } model { name installed } segments { totalCount }
    }
    ... on Error { code message }
    ... on InvalidInputError { issues { path message } }
    ... on LimitExceededError { limit retryAfter }
  }
}`;

interface Created {
  createEmbeddingTask: {
    __typename: string;
    id: string;
    code: string;
    message: string;
    issues: { path: string[]; message: string }[];
  };
}

const URL = 'http://videos.example/walks/in%20the%20park.mp4';

describe('createEmbeddingTask', () => {
  let graphql: GraphQLApp;
  const create = async (input: object) => (await graphql.query<Created>(CREATE, { input })).createEmbeddingTask;
  const rowOf = async ({ id }: { id: string }) => {
    const key = Buffer.from(id, 'base64').toString().replace('EmbeddingTask:', '');
    const [row] = await findEmbeddingTasks(graphql.app.db, 'default', [key]);
    return row ?? assert.fail(`no row of ${id}`);
  };
  const temporaryFiles = () => readdir(join(graphql.app.env.DATA_DIR, 'tmp'));
  const pathsOf = ({ issues }: { issues: { path: string[] }[] }) => issues.map(({ path }) => path.join('.'));

  before(async () => {
    graphql = await createGraphQLApp({ MAX_UPLOAD_SIZE: 1_000_000 });
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('stores a file under its hash, together with its task', async () => {
    const bytes = randomBytes(300_000);
    const { upload } = uploadOf(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]), 'a walk.mp4');
    const task = await create({ videoFile: upload });
    assert.deepEqual(task, {
      __typename: 'EmbeddingTask',
      id: task.id,
      status: 'PROCESSING',
      progress: 0.1,
      failure: null,
      metadata: null,
      model: { name: 'builtin', installed: true },
      segments: null,
    });
    const row = await rowOf(task);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual([row.asset, row.filename, row.source], [sha256, 'a walk.mp4', 'FILE']);
    assert.deepEqual([row.clipLength, row.scopes, row.modalities], [6, ['CLIP'], ['VISUAL']]);
    assert.deepEqual(await readFile(graphql.app.storage.assetPath(sha256)), bytes);
    assert.deepEqual(await temporaryFiles(), []);
  });

  it('takes a URL, which wins over a file; the file passes by and is not stored', async () => {
    const bytes = randomBytes(500_000);
    const { upload, stream } = uploadOf(Readable.from(chunksOf(bytes)), 'b.mp4');
    const ended = once(stream, 'end');
    const range = { startOffset: 2.5, endOffset: 9, clipLength: 2, scopes: ['VIDEO'] };
    const row = await rowOf(await create({ videoUrl: URL, videoFile: upload, ...range }));
    assert.deepEqual([row.sourceUrl, row.filename, row.asset, row.progress], [URL, 'in the park.mp4', null, 0]);
    assert.deepEqual([row.startOffset, row.endOffset, row.clipLength, row.scopes], [2.5, 9, 2, ['VIDEO']]);
    await ended;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(await graphql.app.storage.hasAsset(sha256), false);
  });

  it('refuses neither, and a file that is missing in the request', async () => {
    assert.deepEqual(pathsOf(await create({})), ['input.videoFile']);
    assert.deepEqual(pathsOf(await create({ videoFile: absentUpload(400) })), ['input.videoFile']);
  });

  it('names every fault of the rest before it reads any bytes, and lets the file pass by', async () => {
    const { upload, stream } = uploadOf(Readable.from(chunksOf(randomBytes(500_000))), 'c.mp4');
    const ended = once(stream, 'end');
    const bad = { startOffset: 3, endOffset: 2, clipLength: 11, scopes: [], modalities: ['AUDIO'] };
    const refused = await create({ videoFile: upload, ...bad });
    assert.equal(refused.__typename, 'InvalidInputError');
    assert.deepEqual(pathsOf(refused).sort(), [
      'input.clipLength',
      'input.endOffset',
      'input.modalities',
      'input.scopes',
    ]);
    const fault = refused.issues.find(({ path }) => path.includes('modalities'));
    assert.match(fault?.message ?? '', /AUDIO given; "builtin" has VISUAL/);
    await ended;
    assert.deepEqual(await temporaryFiles(), []);
    assert.deepEqual(pathsOf(await create({ videoUrl: URL, startOffset: 1 })), ['input.endOffset']);
    assert.deepEqual(pathsOf(await create({ videoUrl: URL, clientToken: '' })), ['input.clientToken']);
  });

  it('does not find a model that is not there; one that is not installed names the command', async () => {
    const { __typename, message } = await create({ videoUrl: URL, model: 'nothing' });
    assert.equal(__typename, 'NotFoundError');
    assert.match(message, /"nothing"; there is builtin/);
    const { models } = graphql.app;
    const list = models.list.bind(models);
    models.list = async () => (await list()).map((model) => ({ ...model, installed: false }));
    try {
      const refused = await create({ videoUrl: URL });
      assert.equal(refused.__typename, 'InvalidInputError');
      assert.match(refused.message, /reelgraph models pull builtin/);
    } finally {
      models.list = list;
    }
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

  it('repeats a request with the same token, also 50 times at once, and refuses another one with it', async () => {
    const bytes = randomBytes(1000);
    const file = () => uploadOf(Readable.from([bytes]), 'g.mp4').upload;
    const input = { clientToken: 'once', scopes: ['CLIP'] };
    const tasks = await Promise.all(Array.from({ length: 50 }, () => create({ ...input, videoFile: file() })));
    assert.deepEqual(new Set(tasks.map(({ id, __typename }) => `${__typename} ${id}`)).size, 1);
    assert.equal(tasks[0]?.__typename, 'EmbeddingTask');
    const others = [
      { ...input, videoFile: uploadOf(Readable.from([randomBytes(1000)]), 'g.mp4').upload },
      { ...input, videoFile: file(), clipLength: 5 },
      { ...input, videoFile: file(), startOffset: 0, endOffset: 1 },
      { ...input, videoUrl: URL },
    ];
    for (const other of others) assert.equal((await create(other)).code, 'CONFLICT');
    assert.deepEqual(await temporaryFiles(), []);
    assert.equal(await graphql.app.storage.hasAsset(createHash('sha256').update(bytes).digest('hex')), true);
  });

  it('keeps no bytes of a repeated request whose task has been canceled', async () => {
    const bytes = randomBytes(1000);
    const input = () => ({ clientToken: 'gone', videoFile: uploadOf(Readable.from([bytes]), 'h.mp4').upload });
    const canceled = await rowOf(await create(input()));
    await graphql.app.db.transaction((tx) => cancelEmbeddingTask(tx, graphql.app.queue, 'default', canceled.id));
    const asset = canceled.asset ?? assert.fail('no bytes');
    await graphql.app.storage.removeAsset(asset);
    assert.equal((await rowOf(await create(input()))).id, canceled.id);
    assert.equal(await graphql.app.storage.hasAsset(asset), false);
    assert.deepEqual(await temporaryFiles(), []);
  });
});

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
