import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import { type IndexRow, indexes, type VideoRow } from '../../src/db/schema.ts';
import { createIndex } from '../../src/domain/indexes.ts';
import { encodeCursor } from '../../src/domain/paging.ts';
import { type SearchRequest, searchVideos } from '../../src/domain/search.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { createModels } from '../../src/models/models.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let index: IndexRow;
let video: VideoRow;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  index = await addIndex(app, { modalities: ['VISUAL'] });
  const clips = Array.from({ length: 5 }, (_, n) => segment(n * 6, vectorAt(n / 10)));
  ({ video } = await addVideo(app, index.id, { metadata: { duration: 30 }, segments: clips }));
});
after(() => opened[Symbol.asyncDispose]());

function search(request: Partial<SearchRequest> = {}, tenant = 'default') {
  const query = { videoSegment: { videoId: video.id, startOffset: 0 } };
  return searchVideos(app.db, app.models, tenant, { indexIds: [index.id], query, page: {}, ...request });
}

function rejects(request: Partial<SearchRequest>, path: string, message: string | RegExp) {
  return assert.rejects(search(request), (error) => {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.deepEqual(
      error.issues.map((issue) => issue.path),
      [[path]],
    );
    if (typeof message === 'string') assert.equal(error.issues[0]?.message, message);
    else assert.match(error.issues[0]?.message ?? '', message);
    return true;
  });
}

test('hits are ranked from 1 on, with cursors that lead from page to page', async () => {
  const first = await search({ page: { first: 2 } });
  assert.deepEqual(
    first.hits.map(({ rank, startOffset }) => [rank, startOffset]),
    [
      [1, 0],
      [2, 6],
    ],
  );
  assert.deepEqual([first.hasPreviousPage, first.hasNextPage], [false, true]);
  const second = await search({ page: { first: 3, after: first.hits[1]?.cursor } });
  assert.deepEqual(
    second.hits.map(({ rank, startOffset }) => [rank, startOffset]),
    [
      [3, 12],
      [4, 18],
      [5, 24],
    ],
  );
  assert.deepEqual([second.hasPreviousPage, second.hasNextPage], [true, false]);
  assert.deepEqual((await search({ page: { first: 0 } })).hits, []);
  const deep = await search({ page: { after: encodeCursor(1000, 'rank') } });
  assert.deepEqual([deep.hits, deep.hasNextPage], [[], false]);
});

test('a moment is looked for by the clip that it lies in', async () => {
  const { hits } = await search({ query: { videoSegment: { videoId: video.id, startOffset: 13 } } });
  assert.equal(hits[0]?.startOffset, 12);
  const at = (startOffset: number, videoId = video.id) => search({ query: { videoSegment: { videoId, startOffset } } });
  for (const moment of [30, -1])
    await assert.rejects(at(moment), {
      name: 'NotFoundError',
      message: `The video has no VISUAL clip of the model "builtin" at ${moment} s; it is 30 s long.`,
    });
  for (const id of [createId(), 'no id'])
    await assert.rejects(at(0, id), { name: 'NotFoundError', message: 'No such video.' });
});

test('several indexes are ranked together, a video once, and by the filter', async () => {
  const other = await addIndex(app);
  const { video: second } = await addVideo(app, other.id, {
    filename: 'b.mp4',
    segments: [segment(0, vectorAt(0.05))],
  });
  const indexIds = [index.id, other.id, index.id];
  const { hits } = await search({ indexIds });
  assert.deepEqual(
    hits.slice(0, 3).map(({ videoId, startOffset }) => [videoId, startOffset]),
    [
      [video.id, 0],
      [second.id, 0],
      [video.id, 6],
    ],
  );
  const grouped = await search({ indexIds, groupBy: 'VIDEO' });
  assert.deepEqual(
    grouped.hits.map(({ videoId }) => videoId),
    [video.id, second.id],
  );
  assert.equal((await search({ indexIds, filter: { filename: 'B.MP' } })).hits[0]?.videoId, second.id);
  assert.equal((await search({ indexIds, minScore: 0.9999 })).hits.length, 1);
});

test("another tenant's indexes and videos are not there", async () => {
  await assert.rejects(search({}, 'other'), { name: 'NotFoundError', message: 'No such index (1 of the 1 given).' });
  const models = await app.models.list();
  const theirs = await app.db.transaction((tx) => createIndex(tx, 'other', models, { name: 'theirs' }));
  await assert.rejects(search({ indexIds: [index.id, theirs.id, createId()] }), {
    message: 'No such index (2 of the 3 given).',
  });
  await assert.rejects(search({ indexIds: [theirs.id] }, 'other'), { message: 'No such video.' });
});

test('what cannot be searched for is told, and why', async () => {
  await rejects({ indexIds: [] }, 'indexIds', 'none given; at least one is needed.');
  await rejects({ page: { first: 101 } }, 'first', '101 given; allowed are 0 to 100.');
  for (const cursor of ['x', encodeCursor(0, 'rank'), encodeCursor(1001, 'rank'), encodeCursor('1', 'rank')])
    await rejects({ page: { after: cursor } }, 'after', `"${cursor}" is not a cursor of a search.`);
  await rejects({ modalities: ['AUDIO', 'VISUAL'] }, 'modalities', 'AUDIO given; these indexes have VISUAL.');
  await rejects({ modalities: [] }, 'modalities', /^none given/);
  await rejects({ query: { image: Buffer.from('no image') } }, 'image', /\S/);
  await rejects(
    { query: { text: 'tabbi' }, modalities: ['VISUAL'] },
    'text',
    /^"tabbi" names nothing .* closed\. Near names: .*tabby/,
  );
});

test('words and pictures are turned into vectors of the same space', async () => {
  const { hits } = await search({ query: { text: 'Tabby cats!' } });
  assert.equal(hits.length, 5);
  for (const { score } of hits) assert.ok(score >= 0 && score <= 1);
});

test('indexes of several models, or of one that this server does not know, are not compared', async () => {
  const other = await addIndex(app);
  await app.db.orm.update(indexes).set({ model: 'gone' }).where(eq(indexes.id, other.id));
  const both = 'indexes of several models given (builtin, gone); their scores do not compare.';
  await assert.rejects(search({ indexIds: [index.id, other.id] }), (error) => {
    assert.ok(error instanceof InvalidInputError);
    assert.ok(error.message.includes('several models given'), error.message);
    assert.equal(error.message.split('(')[1]?.length, both.split('(')[1]?.length);
    return true;
  });
  await rejects({ indexIds: [other.id] }, 'indexIds', 'the model "gone" of these indexes is not known to this server.');
});

test('a model whose files have gone is an invalid input that names the command', async () => {
  const models = await createModels({ folder: join(app.env.DATA_DIR, 'no-models') });
  try {
    const request = { indexIds: [index.id], query: { text: 'cat' }, page: {} };
    await assert.rejects(searchVideos(app.db, models, 'default', request), (error) => {
      assert.ok(error instanceof InvalidInputError, String(error));
      assert.match(error.message, /reelgraph models pull builtin/);
      return true;
    });
  } finally {
    await models.close();
  }
});
