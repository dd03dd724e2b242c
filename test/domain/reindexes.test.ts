import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { indexes, reindexes, segments } from '../../src/db/schema.ts';
import type { Modality } from '../../src/db/values.ts';
import { giveUpReindex } from '../../src/domain/advance-reindex.ts';
import { deleteIndex, findIndex } from '../../src/domain/indexes.ts';
import { removeStaleSegments } from '../../src/domain/reindex-videos.ts';
import { cancelReindex, findLastReindexes } from '../../src/domain/reindexes.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addVideos, countByModel, proceed, reread, start, store } from '../helpers/reindexes.ts';
import { addIndex } from '../helpers/tasks.ts';

let testApp: TestApp;
let app: App;
before(async () => {
  testApp = await createTestApp();
  app = testApp.app;
});
after(() => testApp[Symbol.asyncDispose]());

describe('the modalities of a reindex', () => {
  const cases: [title: string, had: Modality[], name: string, given: Modality[] | undefined, expected: Modality[]][] = [
    ['are those asked for', ['VISUAL'], 'other', ['AUDIO', 'AUDIO'], ['AUDIO']],
    ['are those that the index has and the model too', ['VISUAL'], 'other', undefined, ['VISUAL']],
    ['are all where the index had all', ['TRANSCRIPTION', 'VISUAL'], 'other', undefined, ['VISUAL', 'AUDIO']],
    ['are all even of a model that shares none', ['VISUAL', 'TRANSCRIPTION'], 'reading', undefined, ['TEXT_IN_VIDEO']],
  ];
  for (const [title, had, name, given, expected] of cases)
    it(title, async () => {
      const index = await addIndex(app);
      await app.db.orm.update(indexes).set({ modalities: had }).where(eq(indexes.id, index.id));
      assert.deepEqual((await start(app, index, name, given)).modalities, expected);
    });
});

describe('a reindex is refused', () => {
  const cases: [title: string, name: string, given: Modality[] | undefined, path: string, message: RegExp][] = [
    ['to a model that nobody knows', 'nonsense', undefined, 'model', /"nonsense".*builtin/],
    ['to a model that is not installed', 'absent', undefined, 'model', /models pull absent/],
    ['to the model that the index has', 'builtin', ['TRANSCRIPTION'], 'model', /"builtin" given; .* already/],
    ['for a modality that the model lacks', 'other', ['VISUAL', 'TEXT_IN_VIDEO'], 'modalities', /TEXT_IN_VIDEO given/],
    ['for no modality', 'other', [], 'modalities', /none given/],
    ['where model and index share no modality', 'hearing', undefined, 'modalities', /the index has VISUAL/],
  ];
  for (const [title, name, given, path, message] of cases)
    it(title, async () => {
      const index = await addIndex(app, { modalities: ['VISUAL'] });
      await assert.rejects(start(app, index, name, given), (error) => {
        assert.ok(error instanceof InvalidInputError);
        assert.deepEqual(error.issues[0]?.path, [path]);
        assert.match(error.issues[0].message, message);
        return true;
      });
      assert.deepEqual(await findLastReindexes(app.db, [index.id]), []);
    });

  it('for an index that is not there', async () => {
    const index = await addIndex(app);
    await assert.rejects(start(app, { ...index, tenant: 'stranger' }), NotFoundError);
    await assert.rejects(start(app, { ...index, id: 'nonsense' }), NotFoundError);
  });

  it('while another one runs, however many ask at once', async () => {
    const index = await addIndex(app);
    await addVideos(app, index, 1);
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => start(app, index)));
    const refused = asked.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 4);
    for (const { reason } of refused) assert.ok(reason instanceof ConflictError, String(reason));
    assert.match(refused[0]?.reason.message, /with "other" already/);
  });
});

test('an index without videos is of the new model at once', async () => {
  const index = await addIndex(app, { modalities: ['VISUAL'] });
  const reindex = await start(app, index);
  assert.deepEqual([reindex.status, reindex.total, reindex.done], ['READY', 0, 0]);
  const now = await findIndex(app.db, 'default', index.id);
  assert.deepEqual([now?.model, now?.modalities], ['other', ['VISUAL']]);
  assert.ok(now && now.updatedAt > index.updatedAt);
});

test('what is embedded after the end of a reindex is not stored', async () => {
  const index = await addIndex(app);
  const [video] = await addVideos(app, index, 1);
  assert.ok(video);
  const reindex = await start(app, index);
  const canceled = await app.db.transaction((tx) => cancelReindex(tx, app.queue, 'default', reindex.id));
  assert.deepEqual([canceled.status, canceled.version], ['CANCELED', reindex.version + 1]);
  assert.ok(canceled.updatedAt > reindex.updatedAt);
  await store(app, reindex, video);
  await proceed(app, reindex);
  assert.deepEqual(await countByModel(app, index), { builtin: 1 });
  assert.deepEqual(await reread(app, reindex), canceled);
  const cancel = (id: string) => app.db.transaction((tx) => cancelReindex(tx, app.queue, 'default', id));
  await assert.rejects(cancel(reindex.id), /CANCELED; only one that is RUNNING/);
  await assert.rejects(cancel(index.id), NotFoundError);
  await assert.rejects(cancel('nonsense'), NotFoundError);
  const stranger = app.db.transaction((tx) => cancelReindex(tx, app.queue, 'stranger', reindex.id));
  await assert.rejects(stranger, NotFoundError);
});

test('segments of a reindex that was given up go, unless the next one has need of them', async () => {
  const index = await addIndex(app);
  const [first, second] = await addVideos(app, index, 2);
  assert.ok(first && second);
  const failed = await start(app, index);
  await store(app, failed, first);
  const stale = { indexId: index.id, model: 'other' };
  assert.equal(await removeStaleSegments(app.db, stale), 0);
  const failure = { code: 'INTERNAL', message: 'It broke.', actual: null, allowed: null } as const;
  await app.db.transaction((tx) => giveUpReindex(tx, app.queue, failed.id, { status: 'FAILED', failure }));
  assert.deepEqual((await reread(app, failed)).failure, failure);
  assert.deepEqual(await countByModel(app, index), { builtin: 2, other: 2 });

  // The former one's segments have not been removed yet.
  const again = await start(app, index);
  assert.equal(await removeStaleSegments(app.db, stale), 0);
  await store(app, again, first);
  assert.deepEqual(await countByModel(app, index), { builtin: 2, other: 2 });
  await app.db.transaction((tx) => cancelReindex(tx, app.queue, 'default', again.id));
  assert.equal(await removeStaleSegments(app.db, stale), 2);
  assert.deepEqual(await countByModel(app, index), { builtin: 2 });
  const [last] = await findLastReindexes(app.db, [index.id]);
  assert.equal(last?.id, again.id);
});

test('a reindex goes with its index, also while its videos are stored', async () => {
  const index = await addIndex(app);
  const all = await addVideos(app, index, 8);
  const reindex = await start(app, index);
  await Promise.all([
    ...all.map((video) => store(app, reindex, video).then(() => proceed(app, reindex))),
    app.db.transaction((tx) => deleteIndex(tx, app.queue, 'default', index.id)),
  ]);
  assert.equal(await app.db.orm.$count(reindexes, eq(reindexes.indexId, index.id)), 0);
  assert.equal(await app.db.orm.$count(segments, eq(segments.indexId, index.id)), 0);
  await proceed(app, reindex);
});
