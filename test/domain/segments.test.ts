import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type SegmentRow, segments } from '../../src/db/schema.ts';
import { StaleTaskError } from '../../src/domain/advance-task.ts';
import { countSegmentsOfVideos, findClipEmbedding, listSegmentsOfVideos } from '../../src/domain/segment-lists.ts';
import { findTasks } from '../../src/domain/tasks.ts';
import { findVideosOfTasks } from '../../src/domain/videos.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, complete, segment, step, validate, vectorAt } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let indexId: string;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  indexId = (await addIndex(app)).id;
});
after(() => opened[Symbol.asyncDispose]());

test('a task is completed with its video and its segments, in order', async () => {
  // More than one INSERT takes.
  const clips = Array.from({ length: 1200 }, (_, n) => segment(n * 6, vectorAt(n / 1200)));
  const whole = segment(0, vectorAt(0.5), { scope: 'VIDEO', endOffset: clips.length * 6 });
  const words = segment(0, vectorAt(0), { modality: 'TRANSCRIPTION', text: 'Grüße, 幅', embedding: null });
  const { task, video } = await addVideo(app, indexId, {
    userMetadata: { a: [1] },
    segments: [...clips, whole, words],
  });
  assert.deepEqual([task.status, task.progress], ['READY', 1]);
  assert.deepEqual([video.indexId, video.taskId, video.asset], [indexId, task.id, task.asset]);
  assert.deepEqual([video.metadata, video.userMetadata], [task.metadata, { a: [1] }]);
  const counts = await countSegmentsOfVideos(app.db, null, [video.id]);
  assert.deepEqual([...counts], [[video.id, clips.length + 2]]);
  assert.equal((await countSegmentsOfVideos(app.db, ['TRANSCRIPTION'], [video.id])).get(video.id), 1);
  const list = async (page: { first: number; after?: string } | { last: number }, modalities?: ['TRANSCRIPTION']) => {
    const options = { modalities, page, withEmbeddings: true };
    return (await listSegmentsOfVideos(app.db, options, [video.id]))[0]?.rows ?? [];
  };
  assert.deepEqual(
    (await list({ first: 100 })).map(({ startOffset }) => startOffset),
    clips.slice(0, 100).map(({ startOffset }) => startOffset),
  );
  const [last, spoken] = await list({ last: 2 });
  assert.deepEqual([last?.scope, last?.endOffset, last?.model], ['VIDEO', clips.length * 6, 'builtin']);
  assert.deepEqual([spoken?.text, spoken?.embedding], ['Grüße, 幅', null]);
  assert.deepEqual(await list({ first: 5 }, ['TRANSCRIPTION']), [spoken]);
});

test('segments come with their vectors only where these are asked for', async () => {
  const { video } = await addVideo(app, indexId, { segments: [segment(0, vectorAt(0))] });
  const list = async (withEmbeddings: boolean) => {
    const [page] = await listSegmentsOfVideos(app.db, { page: {}, withEmbeddings }, [video.id]);
    return page?.rows[0] as SegmentRow;
  };
  assert.equal('embedding' in (await list(false)), false);
  assert.deepEqual((await list(true)).embedding, vectorAt(0));
});

test('the clip of a moment is the last one that began before it', async () => {
  const clips = [segment(0, vectorAt(0)), segment(4, vectorAt(1)), segment(8, vectorAt(2))];
  const whole = segment(0, vectorAt(3), { scope: 'VIDEO', endOffset: 14 });
  const { video } = await addVideo(app, indexId, { segments: [...clips, whole] });
  const find = (startOffset: number, { tenant = 'default', model = 'builtin' } = {}) =>
    findClipEmbedding(app.db, tenant, { videoId: video.id, startOffset }, { model, modality: 'VISUAL' });
  const at = async (moment: number) => (await find(moment))?.[0]?.toFixed(2);
  const cosine = (angle: number) => Math.cos(angle).toFixed(2);
  assert.deepEqual(
    [await at(0), await at(3.999), await at(4), await at(7), await at(13.999)],
    [cosine(0), cosine(0), cosine(1), cosine(1), cosine(2)],
  );
  assert.deepEqual([await at(14), await at(-0.001)], [undefined, undefined]);
  assert.equal(await find(0, { model: 'other' }), undefined);
  assert.equal(await find(0, { tenant: 'other' }), undefined);
});

test('a task that was canceled meanwhile is not completed, and leaves no segments', async () => {
  const indexing = await validate(app, await addTask(app, indexId));
  await step(app, indexing, 'CANCELED');
  await assert.rejects(complete(app, indexing, [segment(0, vectorAt(0))]), StaleTaskError);
  assert.deepEqual(await findVideosOfTasks(app.db, [indexing.id]), []);
});

test('a completion that fails leaves the task as it was, and is done whole the next time', async () => {
  const indexing = await validate(app, await addTask(app, indexId));
  const twice = [segment(0, vectorAt(0)), segment(0, vectorAt(1))];
  await assert.rejects(complete(app, indexing, twice));
  assert.deepEqual(await findTasks(app.db, 'default', [indexing.id]), [indexing]);
  assert.deepEqual(await findVideosOfTasks(app.db, [indexing.id]), []);
  await complete(app, indexing, twice.slice(1));
  const [video] = await findVideosOfTasks(app.db, [indexing.id]);
  assert.equal(await app.db.orm.$count(segments, eq(segments.videoId, video?.id ?? '')), 1);
  await assert.rejects(complete(app, indexing, twice.slice(1)), StaleTaskError);
});
