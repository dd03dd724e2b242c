import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createGraphQLApp, type GraphQLApp } from '../helpers/graphql-app.ts';
import { addIndex, addTask, addVideo, globalId } from '../helpers/tasks.ts';

const CREATE = `mutation ($input: CreateIndexInput!) {
  createIndex(input: $input) {
    __typename
    ... on Index {
      id name modalities videoCount totalDuration model { name installed modalities { modality dimensions vocabulary } }
      segmentation { clipLength overlap }
      validation { minHeight maxHeight minDuration maxDuration requireAudio rejectBrokenFrames maxFileSize }
    }
    ... on Error { code message }
    ... on InvalidInputError { issues { path } }
  }
}`;

const UPDATE = `mutation ($input: UpdateIndexInput!) {
  updateIndex(input: $input) {
    __typename
    ... on Index { name validation { minDuration maxDuration } }
    ... on Error { code }
    ... on InvalidInputError { issues { path } }
  }
}`;

const DELETE = `mutation ($id: ID!) { deleteIndex(id: $id) { __typename ... on Deleted { id } ... on Error { code } } }`;

describe('indexes', () => {
  let graphql: GraphQLApp;
  before(async () => {
    graphql = await createGraphQLApp();
  });
  after(() => graphql[Symbol.asyncDispose]());

  it('are created with the defaults, and found again', async () => {
    type Created = { createIndex: { id: string } };
    const { createIndex } = await graphql.query<Created>(CREATE, { input: { name: 'Walks' } });
    const { id, ...index } = createIndex;
    assert.deepEqual(index, {
      __typename: 'Index',
      name: 'Walks',
      modalities: ['VISUAL', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'],
      videoCount: 0,
      totalDuration: 0,
      model: {
        name: 'builtin',
        installed: true,
        modalities: [
          { modality: 'VISUAL', dimensions: 256, vocabulary: 'CLOSED' },
          { modality: 'TRANSCRIPTION', dimensions: null, vocabulary: 'OPEN' },
          { modality: 'TEXT_IN_VIDEO', dimensions: null, vocabulary: 'OPEN' },
        ],
      },
      segmentation: { clipLength: 6, overlap: 0 },
      validation: {
        minHeight: 360,
        maxHeight: 1080,
        minDuration: 15,
        maxDuration: 7200,
        requireAudio: true,
        rejectBrokenFrames: true,
        maxFileSize: 2 ** 31,
      },
    });
    assert.match(Buffer.from(id, 'base64').toString(), /^Index:[0-9a-f-]{36}$/);
    assert.deepEqual(await graphql.query('query ($id: ID!) { index(id: $id) { name } }', { id }), {
      index: { name: 'Walks' },
    });
    assert.deepEqual(await graphql.query('query ($id: ID!) { index(id: $id) { name } }', { id }, 'other'), {
      index: null,
    });
  });

  it('refuse a bad input with every fault at its place, from the argument on', async () => {
    const input = {
      name: ' ',
      modalities: ['AUDIO'],
      segmentation: { clipLength: 0 },
      validation: { minHeight: 500, maxHeight: 400 },
    };
    type Refused = { createIndex: { __typename: string; issues: unknown } };
    const { createIndex } = await graphql.query<Refused>(CREATE, { input });
    assert.equal(createIndex.__typename, 'InvalidInputError');
    assert.deepEqual(createIndex.issues, [
      { path: ['input', 'name'] },
      { path: ['input', 'modalities'] },
      { path: ['input', 'segmentation', 'clipLength'] },
      { path: ['input', 'validation', 'maxHeight'] },
    ]);
  });

  it('refuse U+0000, which the database has no place for', async () => {
    assert.deepEqual(await graphql.query(CREATE, { input: { name: 'a\0b' } }), {
      createIndex: {
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        message: 'input.name: The character U+0000 is not allowed.',
        issues: [{ path: ['input', 'name'] }],
      },
    });
  });

  it('refuse a name that is taken', async () => {
    await addIndex(graphql.app, { name: 'Taken' });
    const other = await addIndex(graphql.app);
    assert.deepEqual(await graphql.query(CREATE, { input: { name: ' Taken ' } }), {
      createIndex: { __typename: 'ConflictError', code: 'CONFLICT', message: 'An index named "Taken" exists already.' },
    });
    assert.deepEqual(await graphql.query(UPDATE, { input: { id: globalId('Index', other), name: 'Taken' } }), {
      updateIndex: { __typename: 'ConflictError', code: 'CONFLICT' },
    });
  });

  it('are updated in what is given', async () => {
    const id = globalId('Index', await addIndex(graphql.app));
    assert.deepEqual(await graphql.query(UPDATE, { input: { id, name: 'Renamed', validation: { minDuration: 2 } } }), {
      updateIndex: { __typename: 'Index', name: 'Renamed', validation: { minDuration: 2, maxDuration: 7200 } },
    });
    assert.deepEqual(await graphql.query(UPDATE, { input: { id, validation: { maxDuration: 1 } } }), {
      updateIndex: {
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        issues: [{ path: ['input', 'validation', 'maxDuration'] }],
      },
    });
  });

  it('are not there under an id that is damaged, of another type or another tenant', async () => {
    const index = await addIndex(graphql.app);
    const task = await addTask(graphql.app, index.id);
    for (const id of ['', 'no id', globalId('Index', { id: 'x' }), globalId('Task', task)]) {
      assert.deepEqual(await graphql.query(UPDATE, { input: { id, name: 'x' } }), {
        updateIndex: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      });
      assert.deepEqual(await graphql.query(DELETE, { id }), {
        deleteIndex: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      });
      assert.deepEqual(await graphql.query('query ($id: ID!) { index(id: $id) { name } }', { id }), { index: null });
    }
    assert.deepEqual(await graphql.query(DELETE, { id: globalId('Index', index) }, 'other'), {
      deleteIndex: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
    });
  });

  it('are deleted with what is in them', async () => {
    const index = await addIndex(graphql.app);
    const { task, video } = await addVideo(graphql.app, index.id);
    const id = globalId('Index', index);
    assert.deepEqual(await graphql.query(DELETE, { id }), { deleteIndex: { __typename: 'Deleted', id } });
    const ids = [id, globalId('Task', task), globalId('Video', video)];
    assert.deepEqual(await graphql.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids }), {
      nodes: [null, null, null],
    });
  });

  it('sum up their videos', async () => {
    const index = await addIndex(graphql.app);
    await addVideo(graphql.app, index.id, { metadata: { duration: 20.5 } });
    await addVideo(graphql.app, index.id, { metadata: { duration: 30 } });
    const document = 'query ($id: ID!) { index(id: $id) { videoCount totalDuration } }';
    assert.deepEqual(await graphql.query(document, { id: globalId('Index', index) }), {
      index: { videoCount: 2, totalDuration: 50.5 },
    });
  });

  it('have models to choose from', async () => {
    type Found = { models: { name: string; installed: boolean; license: string }[] };
    const { models } = await graphql.query<Found>('{ models { name installed license } }');
    const license = graphql.app.models.describe('builtin')?.license;
    assert.deepEqual(
      models.filter(({ installed }) => installed),
      [{ name: 'builtin', installed: true, license }],
    );
    assert.ok(models.some(({ name, installed }) => name === 'clip-vit-b-32' && !installed));
  });

  it('are refused a model that is not installed, with the command that installs it', async () => {
    const input = { name: 'Far', model: 'clip-vit-b-32' };
    const { createIndex } = await graphql.query<{ createIndex: { message: string } }>(CREATE, { input });
    assert.match(createIndex.message, /"clip-vit-b-32" is not installed; `reelgraph models pull clip-vit-b-32`/);
  });
});
