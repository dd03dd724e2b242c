import assert from 'node:assert/strict';
import { after, afterEach, before, it } from 'node:test';
import { sql } from 'drizzle-orm';
import { transcripts } from '../../src/db/schema.ts';
import { removeSegments } from '../../src/domain/jobs.ts';
import { listTranscriptLines } from '../../src/domain/transcripts.ts';
import { deleteVideo } from '../../src/domain/videos.ts';
import { makeClip } from '../helpers/clips.ts';
import { createReindexingApp, firstClip, PICTURES, type ReindexingApp } from '../helpers/reindexing-app.ts';
import { globalId } from '../helpers/tasks.ts';
import { TURNED } from '../helpers/turned-model.ts';
import { until } from '../helpers/until.ts';
import { createVideoIndex, TENANT, uploadFile, waitForEnd } from '../helpers/uploads.ts';

let test: ReindexingApp;
before(async () => {
  test = await createReindexingApp();
});
after(() => test[Symbol.asyncDispose]());
afterEach(() => test.reset());

it('embeds anew while the former vectors serve, then swaps, and tells of each video', async () => {
  const index = await createVideoIndex(test.app, PICTURES);
  const [video] = [await test.addVideo(index, 2), await test.addVideo(index, 3)];
  const before = await test.look(index);
  const found = await test.search(index, firstClip(video));
  assert.deepEqual([before.model, before.reindex, found.length], ['builtin', null, 6]);

  const gate = test.hold('turned');
  const reindex = await test.start(index);
  assert.equal(reindex.__typename, 'Reindex', reindex.message);
  const events = await test.watch(reindex);
  const next = async () => (await events.next()).value?.reindexUpdated;
  assert.deepEqual(await next(), reindex);
  const { status, progress, videoCount, done, failure, modalities } = reindex;
  assert.deepEqual([status, progress, videoCount, done, failure, modalities], ['RUNNING', 0, 2, 0, null, ['VISUAL']]);
  assert.deepEqual([reindex.index.id, reindex.index.model.name], [globalId('Index', index), 'builtin']);

  await gate.arrival();
  gate.open();
  const half = await next();
  assert.deepEqual([half?.status, half?.progress, half?.done, half?.index.model.name], ['RUNNING', 0.5, 1, 'builtin']);
  await gate.arrival();
  assert.deepEqual(await test.modelsOf(index), ['builtin', TURNED]);
  assert.deepEqual(await test.search(index, firstClip(video)), found);
  const during = await test.look(index);
  assert.deepEqual(during, { ...before, reindex: { id: reindex.id, status: 'RUNNING' } });

  gate.open();
  const ready = await next();
  assert.deepEqual([ready?.status, ready?.progress, ready?.done, ready?.index.model.name], ['READY', 1, 2, TURNED]);
  assert.ok(ready && half && ready.updatedAt > half.updatedAt);
  assert.equal((await events.next()).done, true);
  const afterwards = await test.look(index);
  assert.deepEqual([afterwards.model, afterwards.reindex?.status], [TURNED, 'READY']);
  assert.ok(afterwards.updatedAt > before.updatedAt);
  assert.deepEqual(
    afterwards.videos.map(({ edges }) => edges.map(({ node }) => node.embedding)),
    before.videos.map(({ edges }) => edges.map(({ node }) => node.embedding.toReversed())),
  );
  assert.deepEqual(await test.search(index, firstClip(video)), found);
  // Searches that had begun before are not to miss what they have found.
  assert.deepEqual(await test.modelsOf(index), ['builtin', TURNED]);
  const { app } = test;
  const waiting = await app.db.orm
    .select({ data: sql<object>`data` })
    .from(sql`pgboss.job`)
    .where(sql`name = 'segments.remove' and start_after > now() and data ->> 'indexId' = ${index.id}`);
  const stale = { indexId: index.id, model: 'builtin' };
  assert.deepEqual(waiting, [{ data: stale }]);
  await app.db.transaction((tx) => app.queue.enqueue(tx, removeSegments, stale));
  await until(async () => (await test.modelsOf(index)).length === 1);
  assert.deepEqual(await test.modelsOf(index), [TURNED]);
  assert.deepEqual(
    (await Array.fromAsync(await test.watch(reindex))).map((event) => event.reindexUpdated),
    [ready],
  );
  assert.deepEqual(
    await test.graphql.query('query ($id: ID!) { node(id: $id) { __typename id } }', { id: reindex.id }),
    {
      node: { __typename: 'Reindex', id: reindex.id },
    },
  );
});

it('embeds a video that arrives meanwhile, and does not miss those that are deleted', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, PICTURES);
  const [held, waiting, kept] = [await test.addVideo(index), await test.addVideo(index), await test.addVideo(index)];
  const gate = test.hold('turned');
  const reindex = await test.start(index);
  await gate.arrival();
  const arrived = await test.addVideo(index, 3);
  assert.deepEqual([(await test.search(index, firstClip(arrived))).length], [12]);
  // The one whose pictures are being embedded: that work is given up, and the next one comes.
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, TENANT, held.id));
  await gate.arrival();
  await app.db.transaction((tx) => deleteVideo(tx, app.queue, TENANT, waiting.id));
  for (let n = 0; n < 2; n += 1) {
    await gate.arrival();
    gate.open();
  }
  const over = await test.untilOver(reindex);
  assert.deepEqual([over.status, over.videoCount, over.done], ['READY', 2, 2]);
  const { videos } = await test.look(index);
  assert.deepEqual(
    videos.map(({ totalCount }) => totalCount),
    [4, 4],
  );
  assert.equal((await test.search(index, firstClip(arrived))).length, 6);
  assert.equal((await test.search(index, firstClip(kept))).length, 6);
});

it('a task that was being embedded with the former model is embedded again with the new one', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, PICTURES);
  const gate = test.hold('builtin');
  const { id } = await uploadFile(app, index.id, await makeClip());
  await gate.arrival();
  const reindex = await test.start(index);
  assert.equal(reindex.status, 'READY');
  gate.open();
  const task = await waitForEnd(app, id);
  assert.equal(task.status, 'READY', task.failure?.message);
  assert.deepEqual(await test.modelsOf(index), [TURNED]);
});

it('keeps words that came with a video, and gives the others to be heard by the new model', async () => {
  const { app } = test;
  const index = await createVideoIndex(app, { modalities: ['TRANSCRIPTION', 'VISUAL'] });
  const [given, heard] = [await test.addVideo(index), await test.addVideo(index)];
  const lines = [{ startOffset: 0, endOffset: 2, text: 'Penguins march' }];
  await app.db.orm.insert(transcripts).values({ taskId: given.taskId, source: 'FILE', lines });
  const spokenIn = async () => listTranscriptLines(app.db, [given.id, heard.id]);
  const find = async (text: string) => {
    const hits = await test.search(index, { text, modalities: ['TRANSCRIPTION'] });
    return hits.map(({ video }) => video.id);
  };
  const gate = test.hold('turned');
  test.turned.hears = 'Walruses dive';
  const reindex = await test.start(index);
  assert.deepEqual([...reindex.modalities].sort(), ['TRANSCRIPTION', 'VISUAL']);
  await gate.arrival();
  gate.open();
  await gate.arrival();
  assert.deepEqual(await spokenIn(), [lines, []]);
  gate.open();
  assert.equal((await test.untilOver(reindex)).status, 'READY');
  const spoken = [{ startOffset: 1, endOffset: 3, text: 'Walruses dive' }];
  assert.deepEqual(await spokenIn(), [lines, spoken]);
  assert.deepEqual(await find('penguin'), [globalId('Video', given)]);
  assert.deepEqual(await find('walrus'), [globalId('Video', heard)]);
});
