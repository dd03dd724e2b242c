import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areFew, scopeOf } from '../../src/domain/search-scope.ts';
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
