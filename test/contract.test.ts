import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildSchema, type GraphQLNamedType, type GraphQLSchema, getNamedType, isUnionType } from 'graphql';
import { type Client, createClient } from '../src/client/client.ts';
import { makeClip } from './helpers/clips.ts';
import { createPostgresDatabase } from './helpers/database.ts';
import { builtinModels, modelsFolder } from './helpers/models.ts';
import { type ServerProcess, startServer } from './helpers/server-process.ts';
import { startSilentServer } from './helpers/silent-server.ts';

/*
 * Every operation of the contract against a server process, as a client calls it; the last test holds what was called,
 * and which members of which result unions were seen, against schema.graphql.
 */

type Answer = { __typename: string; id: string; code?: string; message?: string } & Record<string, unknown>;
type Operation = 'query' | 'mutation';

const ANY_VIDEO = { minDuration: 0, requireAudio: false };
/** A second model that is here without any download. */
const PICTURES = { name: 'pictures', license: 'as builtin', modalities: { VISUAL: { bundle: 'builtin' } } };
const LARGEST_UPLOAD = 3_000_000;
const SRT = '1\n00:00:01,000 --> 00:00:03,000\nThe quick brown fox\n';
const UNKNOWN = {
  Reindex: Buffer.from('Reindex:00000000-0000-7000-8000-000000000000').toString('base64'),
  Index: Buffer.from('Index:00000000-0000-7000-8000-000000000000').toString('base64'),
  Task: Buffer.from('Task:00000000-0000-7000-8000-000000000000').toString('base64'),
  Video: Buffer.from('Video:00000000-0000-7000-8000-000000000000').toString('base64'),
  EmbeddingTask: Buffer.from('EmbeddingTask:00000000-0000-7000-8000-000000000000').toString('base64'),
};

describe('the contract, operation by operation', () => {
  const called = new Set<string>();
  const seen = new Map<string, Set<string>>();
  let server: ServerProcess;
  let client: Client;
  let cleanUp: () => Promise<void>;
  let schema: GraphQLSchema;
  let indexId: string;
  let taskId: string;
  let videoId: string;
  let embeddingTaskId: string;

  before(async () => {
    schema = buildSchema(await readFile(new URL('../schema.graphql', import.meta.url), 'utf8'));
    const folder = await mkdtemp(join(tmpdir(), 'reelgraph-contract-'));
    const postgres = process.env.TEST_DATABASE_URL
      ? await createPostgresDatabase(process.env.TEST_DATABASE_URL)
      : undefined;
    await (await builtinModels()).close();
    const models = join(folder, 'models');
    await mkdir(join(models, 'manifests'), { recursive: true });
    await symlink(join(modelsFolder, 'builtin'), join(models, 'builtin'));
    await writeFile(join(models, 'manifests', 'pictures.json'), JSON.stringify(PICTURES));
    server = await startServer({
      DATA_DIR: folder,
      MODELS_DIR: models,
      DATABASE_URL: postgres?.url ?? '',
      LOG_LEVEL: 'info',
      MAX_INDEXES: '3',
      MAX_UPLOAD_SIZE: String(LARGEST_UPLOAD),
      EMBED_QUEUE: '2',
      MAX_QUEUED_TASKS: '2',
      FETCH_ALLOW_ADDRESSES: '127.0.0.1',
    });
    client = createClient({ url: server.url });
    cleanUp = async () => {
      await client.close();
      await server.end('SIGTERM');
      await postgres?.drop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  after(() => cleanUp?.());

  /** Calls a field with variables of the types that the schema gives its arguments, and notes what came back. */
  async function call(
    operation: Operation,
    field: string,
    variables: Record<string, unknown> = {},
    selection = '',
  ): Promise<Answer> {
    const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
    const definition = root?.getFields()[field];
    assert.ok(definition, `${field} is not in the schema`);
    const used = definition.args.filter(({ name }) => name in variables);
    const declared = used.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const passed = used.map(({ name }) => `${name}: $${name}`).join(', ');
    const isResult = isUnionType(getNamedType(definition.type));
    const fields = `{ __typename ${isResult ? '... on Error { code message }' : ''} ${selection} }`;
    const head = declared ? `(${declared})` : '';
    const document = `${operation} ${head} { ${field}${passed ? `(${passed})` : ''} ${fields} }`;
    const data = await client.request<Record<string, Answer>>(document, variables);
    called.add(field);
    const answer = data[field] as Answer;
    if (isResult) note(getNamedType(definition.type), answer);
    return answer;
  }

  function note(union: GraphQLNamedType, answer: Answer): void {
    seen.set(union.name, (seen.get(union.name) ?? new Set()).add(answer.__typename));
  }

  const mutate = (field: string, variables: Record<string, unknown>, type: string, selection = '') =>
    call('mutation', field, variables, `... on ${type} { id ${selection} }`);

  async function clip(options: Parameters<typeof makeClip>[0] = {}): Promise<File> {
    return new File([await openAsBlob(await makeClip(options))], 'clip.mp4');
  }

  async function follow(field: string, id: string): Promise<Answer[]> {
    called.add(field);
    const states: Answer[] = [];
    const document = `subscription ($id: ID!) { ${field}(id: $id) { id status progress failure { code message } } }`;
    for await (const data of client.subscribe<Record<string, Answer>>(document, { id })) {
      if (data[field]) states.push(data[field]);
    }
    return states;
  }

  function assertRefused(answer: Answer, type: string, about: RegExp): void {
    assert.equal(answer.__typename, type, JSON.stringify(answer));
    assert.match(answer.message ?? '', about);
    assert.match(answer.code ?? '', /^[A-Z_]+$/);
  }

  it('createIndex: the index, InvalidInputError, ConflictError, LimitExceededError', async () => {
    const create = (input: object) => mutate('createIndex', { input }, 'Index', 'name modalities');
    const index = await create({ name: 'contract', validation: ANY_VIDEO, segmentation: { clipLength: 4 } });
    assert.equal(index.__typename, 'Index', JSON.stringify(index));
    indexId = index.id;
    assertRefused(await create({ name: ' ' }), 'InvalidInputError', /name/);
    assertRefused(
      await create({ name: 'x', model: 'clip-vit-b-32' }),
      'InvalidInputError',
      /models pull clip-vit-b-32/,
    );
    assertRefused(await create({ name: 'contract' }), 'ConflictError', /contract/);
    await create({ name: 'second' });
    await create({ name: 'third' });
    assertRefused(await create({ name: 'fourth' }), 'LimitExceededError', /3/);
  });

  it('updateIndex: the index, InvalidInputError, NotFoundError, ConflictError', async () => {
    const update = (input: object) => mutate('updateIndex', { input }, 'Index', 'name');
    assert.equal((await update({ id: indexId, name: 'films' })).name, 'films');
    assertRefused(await update({ id: indexId, validation: { minHeight: 0 } }), 'InvalidInputError', /minHeight/);
    assertRefused(await update({ id: UNKNOWN.Index, name: 'x' }), 'NotFoundError', /index/);
    assertRefused(await update({ id: indexId, name: 'second' }), 'ConflictError', /second/);
  });

  it('createTask: the task, and each error', async () => {
    const create = (input: object, files: object = {}) =>
      call('mutation', 'createTask', { input: { ...input, ...files } }, '... on Task { id status source }');
    const words = new File([SRT], 'words.srt');
    const input = {
      indexId,
      provideTranscription: true,
      language: 'en',
      clientToken: 'one',
      userMetadata: { a: 1, b: 2 },
    };
    const files = async () => ({ videoFile: await clip(), transcriptionFile: words });
    const task = await create(input, await files());
    assert.equal(task.__typename, 'Task', JSON.stringify(task));
    taskId = task.id;
    assert.equal((await create(input, await files())).id, taskId);
    assertRefused(await create({ indexId }), 'InvalidInputError', /videoFile/);
    assertRefused(await create({ ...input, userMetadata: {} }, await files()), 'ConflictError', /one/);
    assertRefused(
      await create({ indexId: UNKNOWN.Index, videoUrl: 'https://example.org/a.mp4' }),
      'NotFoundError',
      /index/,
    );
    const large = { videoFile: new File([Buffer.alloc(LARGEST_UPLOAD + 1)], 'large.mp4') };
    assertRefused(await create({ indexId }, large), 'LimitExceededError', /3000000|bytes/);
  });

  it('taskUpdated: the state at once, then each that follows, until READY', async () => {
    const states = await follow('taskUpdated', taskId);
    assert.equal(states.at(-1)?.status, 'READY', JSON.stringify(states.at(-1)));
    const progress = states.map((state) => Number(state.progress));
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
  });

  it('tasksUpdated: the tasks of an index', async () => {
    called.add('tasksUpdated');
    const document = 'subscription ($indexId: ID!) { tasksUpdated(indexId: $indexId) { id status } }';
    const updates = client.subscribe<Record<string, Answer>>(document, { indexId });
    for await (const { tasksUpdated } of updates) {
      assert.equal(tasksUpdated?.id, taskId);
      break;
    }
  });

  it('task, tasks, taskVideoId, video, index, indexes, models', async () => {
    const task = await call(
      'query',
      'task',
      { id: taskId },
      'status history { status } attempt video { id } index { id }',
    );
    assert.deepEqual(
      (task.history as Answer[]).map(({ status }) => status),
      ['VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'],
    );
    videoId = (task.video as Answer).id;
    const named = await call('query', 'taskVideoId', { taskId }, 'id exist type');
    assert.deepEqual(named, { __typename: 'TaskVideoId', id: videoId, exist: true, type: 'index_task_video_id' });
    const list = 'edges { node { id } } totalCount';
    assert.equal((await call('query', 'tasks', { filter: { indexId, status: ['READY'] } }, list)).totalCount, 1);
    const video = await call(
      'query',
      'video',
      { id: videoId },
      'transcript { startOffset endOffset text } userMetadata',
    );
    assert.deepEqual(video.transcript, [{ startOffset: 1, endOffset: 3, text: 'The quick brown fox' }]);
    assert.deepEqual(video.userMetadata, { a: 1, b: 2 });
    const index = await call('query', 'index', { id: indexId }, `videoCount totalDuration videos { ${list} }`);
    assert.equal(index.videoCount, 1);
    assert.equal((await call('query', 'indexes', { first: 2 }, list)).totalCount, 3);
    const models = (await call('query', 'models', {}, 'name installed license')) as unknown as Answer[];
    assert.ok(models.find(({ name }) => name === 'builtin')?.installed);
  });

  it('node and nodes: by id, in order, null for what is not there', async () => {
    assert.equal((await call('query', 'node', { id: videoId }, 'id')).__typename, 'Video');
    const nodes = await call('query', 'nodes', { ids: [taskId, UNKNOWN.Video, indexId] }, 'id');
    assert.deepEqual(
      (nodes as unknown as (Answer | null)[]).map((node) => node?.id ?? null),
      [taskId, null, indexId],
    );
  });

  it('search: hits, InvalidInputError, NotFoundError', async () => {
    const find = (input: object) =>
      call(
        'query',
        'search',
        { input },
        '... on SearchConnection { edges { node { score modality text video { id } } } }',
      );
    const { edges } = (await find({ indexIds: [indexId], text: 'brown fox' })) as unknown as {
      edges: { node: Answer }[];
    };
    assert.equal(edges[0]?.node.modality, 'TRANSCRIPTION');
    assert.match(String(edges[0]?.node.text), /brown fox/);
    assertRefused(await find({ indexIds: [indexId] }), 'InvalidInputError', /text/);
    assertRefused(await find({ indexIds: [UNKNOWN.Index], text: 'fox' }), 'NotFoundError', /index/);
  });

  it('updateVideo: the video, InvalidInputError, NotFoundError', async () => {
    const update = (input: object) => mutate('updateVideo', { input }, 'Video', 'userMetadata');
    assert.deepEqual((await update({ id: videoId, userMetadata: { a: null, c: 3 } })).userMetadata, { b: 2, c: 3 });
    const large = { id: videoId, userMetadata: { text: 'x'.repeat(70_000) } };
    assertRefused(await update(large), 'InvalidInputError', /bytes/);
    assertRefused(await update({ id: UNKNOWN.Video, userMetadata: {} }), 'NotFoundError', /video/);
  });

  it('reindexIndex, reindexUpdated, cancelReindex: another model, and each error', async () => {
    const reindex = (input: object) => mutate('reindexIndex', { ...input }, 'Reindex', 'status');
    const cancel = (id: string) => mutate('cancelReindex', { id }, 'Reindex', 'status');
    assertRefused(await reindex({ id: indexId, model: 'builtin' }), 'InvalidInputError', /builtin/);
    assertRefused(await reindex({ id: UNKNOWN.Index, model: 'pictures' }), 'NotFoundError', /index/);
    const begun = await reindex({ id: indexId, model: 'pictures' });
    assert.equal(begun.__typename, 'Reindex', JSON.stringify(begun));
    assertRefused(await reindex({ id: indexId, model: 'pictures' }), 'ConflictError', /./);
    assert.equal((await cancel(begun.id)).status, 'CANCELED');
    assertRefused(await cancel(begun.id), 'ConflictError', /CANCELED/);
    assertRefused(await cancel(UNKNOWN.Reindex), 'NotFoundError', /reindex/i);
    const again = await reindex({ id: indexId, model: 'pictures' });
    called.add('reindexUpdated');
    const document = 'subscription ($id: ID!) { reindexUpdated(id: $id) { id status } }';
    const states: unknown[] = [];
    for await (const data of client.subscribe<Record<string, Answer>>(document, { id: again.id }))
      states.push(data.reindexUpdated?.status);
    assert.equal(states.at(-1), 'READY');
    const index = await call('query', 'index', { id: indexId }, 'model { name } modalities');
    assert.deepEqual(index, { __typename: 'Index', model: { name: 'pictures' }, modalities: ['VISUAL'] });
  });

  it('cancelTask, retryTask, deleteTask, deleteVideo, deleteIndex: done, and each error', async () => {
    assertRefused(await mutate('cancelTask', { id: taskId }, 'Task'), 'ConflictError', /READY/);
    assertRefused(await mutate('retryTask', { id: taskId }, 'Task'), 'ConflictError', /READY/);
    assertRefused(await mutate('cancelTask', { id: UNKNOWN.Task }, 'Task'), 'NotFoundError', /task/);
    const input = { indexId, videoFile: await clip({ seconds: 20, scenes: 3 }) };
    const begun = await call('mutation', 'createTask', { input }, '... on Task { id }');
    assertRefused(await mutate('deleteTask', { id: begun.id }, 'Deleted'), 'ConflictError', /cancel/);
    assert.equal((await mutate('cancelTask', { id: begun.id }, 'Task', 'status')).status, 'CANCELED');
    await using silent = await startSilentServer();
    const createWaiting = () =>
      call('mutation', 'createTask', { input: { indexId, videoUrl: silent.url } }, '... on Task { id }');
    const waiting = [await createWaiting(), await createWaiting()];
    assertRefused(await mutate('retryTask', { id: begun.id }, 'Task'), 'LimitExceededError', /at most 2 unfinished/);
    for (const { id } of waiting) await mutate('cancelTask', { id }, 'Task');
    assert.equal((await mutate('retryTask', { id: begun.id }, 'Task', 'attempt')).attempt, 2);
    assert.equal((await follow('taskUpdated', begun.id)).at(-1)?.status, 'READY');
    assert.deepEqual(await mutate('deleteTask', { id: begun.id }, 'Deleted'), { __typename: 'Deleted', id: begun.id });
    assert.deepEqual(await mutate('deleteVideo', { id: videoId }, 'Deleted'), { __typename: 'Deleted', id: videoId });
    assertRefused(await mutate('deleteIndex', { id: UNKNOWN.Index }, 'Deleted'), 'NotFoundError', /index/);
  });

  it('createEmbeddingTask: the task, and each error', async () => {
    const create = (input: object, files: object = {}) =>
      call('mutation', 'createEmbeddingTask', { input: { ...input, ...files } }, '... on EmbeddingTask { id status }');
    const input = { startOffset: 2, endOffset: 12, clipLength: 4, scopes: ['CLIP', 'VIDEO'], clientToken: 'two' };
    const files = async () => ({ videoFile: await clip() });
    const task = await create(input, await files());
    assert.equal(task.__typename, 'EmbeddingTask', JSON.stringify(task));
    embeddingTaskId = task.id;
    assert.equal((await create(input, await files())).id, embeddingTaskId);
    assertRefused(await create({ startOffset: 3, endOffset: 1 }, await files()), 'InvalidInputError', /endOffset/);
    assertRefused(await create({ ...input, clipLength: 5 }, await files()), 'ConflictError', /two/);
    const large = { videoFile: new File([Buffer.alloc(LARGEST_UPLOAD + 1)], 'large.mp4') };
    assertRefused(await create({}, large), 'LimitExceededError', /bytes/);
    assertRefused(
      await create({ ...input, clientToken: 'three', model: 'nothing' }, await files()),
      'NotFoundError',
      /nothing/,
    );
  });

  it('embeddingTaskUpdated, embeddingTask, embeddingTasks: until READY, with vectors', async () => {
    assert.equal((await follow('embeddingTaskUpdated', embeddingTaskId)).at(-1)?.status, 'READY');
    const selection = `status segments(scope: CLIP, modalities: [VISUAL]) {
      totalCount edges { node { startOffset endOffset embedding } }
    }`;
    const task = await call('query', 'embeddingTask', { id: embeddingTaskId }, selection);
    const { edges } = task.segments as { edges: { node: { startOffset: number; embedding: number[] } }[] };
    assert.deepEqual(
      edges.map(({ node }) => node.startOffset),
      [2, 6, 10],
    );
    assert.ok(edges.every(({ node }) => Math.abs(Math.hypot(...node.embedding) - 1) < 1e-3));
    const list = await call('query', 'embeddingTasks', { filter: { status: ['READY'] } }, 'totalCount');
    assert.equal(list.totalCount, 1);
  });

  it('cancelEmbeddingTask, deleteEmbeddingTask: done, NotFoundError, ConflictError', async () => {
    const cancel = (id: string) => mutate('cancelEmbeddingTask', { id }, 'EmbeddingTask', 'status');
    assertRefused(await cancel(embeddingTaskId), 'ConflictError', /READY/);
    assertRefused(await cancel(UNKNOWN.EmbeddingTask), 'NotFoundError', /embedding task/);
    const input = { videoFile: await clip({ seconds: 25, scenes: 2 }) };
    const begun = await call('mutation', 'createEmbeddingTask', { input }, '... on EmbeddingTask { id }');
    assertRefused(await mutate('deleteEmbeddingTask', { id: begun.id }, 'Deleted'), 'ConflictError', /PROCESSING/);
    assert.equal((await cancel(begun.id)).status, 'CANCELED');
    assert.equal((await mutate('deleteEmbeddingTask', { id: begun.id }, 'Deleted')).id, begun.id);
    assert.equal((await mutate('deleteEmbeddingTask', { id: embeddingTaskId }, 'Deleted')).id, embeddingTaskId);
  });

  it('embed: a vector, and each error', async () => {
    const embed = (input: object) => call('mutation', 'embed', { input }, '... on Embedding { vector model { name } }');
    assert.equal(Array.isArray((await embed({ text: 'espresso' })).vector), true);
    assertRefused(await embed({}), 'InvalidInputError', /text/);
    assertRefused(await embed({ text: 'espresso', model: 'nothing' }), 'NotFoundError', /nothing/);
    const crowd = await Promise.all(Array.from({ length: 60 }, () => embed({ text: 'espresso' })));
    assert.ok(crowd.some(({ __typename }) => __typename === 'Embedding'));
    assert.ok(crowd.some(({ __typename }) => __typename === 'LimitExceededError'));
  });

  it('deleteIndex: with everything in it', async () => {
    assert.deepEqual(await mutate('deleteIndex', { id: indexId }, 'Deleted'), { __typename: 'Deleted', id: indexId });
    assert.equal(await call('query', 'index', { id: indexId }, 'id'), null);
  });

  it('no operation and no member of a result was left out', async () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
    assert.deepEqual(
      fields.filter((field) => !called.has(field)),
      [],
    );
    const unions = Object.values(schema.getTypeMap()).filter(isUnionType);
    const missed = unions.flatMap((union) =>
      union
        .getTypes()
        .filter(({ name }) => !seen.get(union.name)?.has(name))
        .map(({ name }) => `${union.name}: ${name}`),
    );
    assert.deepEqual(missed, []);
  });
});
