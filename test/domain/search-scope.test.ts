import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'drizzle-orm';
import { areFew, mostToCompare, scopeOf } from '../../src/domain/search-scope.ts';
import { ensureVectorIndexes } from '../../src/domain/vector-indexes.ts';
import { createTestApp } from '../helpers/app.ts';
import { addIndex, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

test('whether there are few segments is believed for five seconds, of each search by itself', async ({ mock }) => {
  await using test = await createTestApp();
  const { app } = test;
  const { id, model } = await addIndex(app);
  const kind = { model, modality: 'VISUAL', dimensions: 256 } as const;
  const add = () => addVideo(app, id, { segments: [segment(0, vectorAt(0))] });
  const few = (most: number, filter = {}) => {
    const searched = { indexIds: [id], filter, kind };
    return areFew(app.db, searched, scopeOf(searched), most);
  };
  await add();
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  assert.equal(await few(1), true);
  await add();
  assert.equal(await few(1), true);
  assert.equal(await few(1, { minHeight: 1 }), false);
  assert.equal(await few(2, { minHeight: 1 }), true);
  now += 5_001;
  assert.equal(await few(1), false);
});

test('of a large vector index more are compared, as a walk of it would come by more that the filter discards', async () => {
  await using test = await createTestApp();
  const { app } = test;
  const { model } = await addIndex(app);
  const kind = { model, modality: 'VISUAL', dimensions: 256 } as const;
  const visual = { modality: 'VISUAL', dimensions: 256, textQueries: true, imageQueries: true } as const;
  assert.equal(await mostToCompare(app.db, kind), 20_000);
  await ensureVectorIndexes(app.db, [
    { name: model, installed: true, license: 'MIT', modalities: [{ ...visual, vocabulary: 'OPEN' }] },
  ]);
  assert.equal(await mostToCompare(app.db, kind), 20_000);
  // As VACUUM leaves it where there are a million.
  await app.db.orm.execute(
    sql`update pg_class set reltuples = 1000000 where relname = ${`segments_${model}_visual_hnsw`}`,
  );
  assert.equal(await mostToCompare(app.db, kind), 40_000);
  await app.db.orm.execute(
    sql`update pg_class set reltuples = 9000000 where relname = ${`segments_${model}_visual_hnsw`}`,
  );
  assert.equal(await mostToCompare(app.db, kind), 40_000);
});
