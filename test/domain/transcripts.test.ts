import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type IndexRow, segments } from '../../src/db/schema.ts';
import { completeTask } from '../../src/domain/segments.ts';
import { createTask } from '../../src/domain/tasks.ts';
import {
  findTranscript,
  listTranscriptLines,
  type Transcription,
  updateTranscript,
} from '../../src/domain/transcripts.ts';
import { findVideosOfTasks } from '../../src/domain/videos.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addVideo, validate, wordSegment } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let index: IndexRow;
before(async () => {
  opened = await createTestApp();
  app = opened.app;
  index = await addIndex(app, { modalities: ['TRANSCRIPTION'] });
});
after(() => opened[Symbol.asyncDispose]());

const GIVEN = [{ startOffset: 1, endOffset: 2, text: 'given' }];
const HEARD = [{ startOffset: 1, endOffset: 2.5, text: 'heard' }];

let assetCount = 0;

/** A READY task in which something was heard. */
async function listen(transcription: Transcription | undefined) {
  assetCount += 1;
  const source = { asset: { sha256: String(assetCount).padStart(64, '0'), size: 1 }, filename: 'talk.mp4' };
  const input = { indexId: index.id, source, transcription, inputDigest: '' };
  const task = await app.db.transaction((tx) => createTask(tx, app.queue, 'default', input));
  if (transcription) await updateTranscript(app.db, task.id, { lines: GIVEN });
  const indexing = await validate(app, task);
  const result = { index, thumbnail: null, segments: [], lines: HEARD, language: 'pt-BR' };
  await app.db.transaction((tx) => completeTask(tx, indexing, result));
  const [video] = await findVideosOfTasks(app.db, [task.id]);
  assert.ok(video);
  return { task, video };
}

test('what was heard is kept, with its language; what came with the video stays', async () => {
  const heard = await listen(undefined);
  const given = await listen({ content: 'the file' });
  assert.equal(heard.video.language, 'pt-BR');
  const transcript = await findTranscript(app.db, heard.task.id);
  assert.deepEqual(transcript, { taskId: heard.task.id, source: 'SPEECH', url: null, content: null, lines: HEARD });
  assert.equal((await findTranscript(app.db, given.task.id))?.content, 'the file');
  const silent = await addVideo(app, index.id);
  const ids = [given.video.id, silent.video.id, heard.video.id];
  assert.deepEqual(await listTranscriptLines(app.db, ids), [GIVEN, [], HEARD]);
});

test('an index without spoken words takes none', async () => {
  const { id: indexId } = await addIndex(app, { modalities: ['VISUAL'] });
  const input = { indexId, source: { url: 'http://a.example/b.mp4' }, inputDigest: '' };
  await assert.rejects(
    app.db.transaction((tx) =>
      createTask(tx, app.queue, 'default', { ...input, transcription: { url: 'http://a.example/b.srt' } }),
    ),
    { code: 'INVALID_INPUT' },
  );
});

test('clips are found by their words in their language; the whole is not, however long it is', async () => {
  const long = 'mountains of words '.repeat(100_000);
  const { video } = await addVideo(app, index.id, {
    segments: [
      wordSegment(0, 'Die Häuser stehen leer'),
      wordSegment(6, long),
      wordSegment(12, '', { text: null }),
      wordSegment(0, long, { scope: 'VIDEO' }),
    ],
    language: 'de',
  });
  const rows = await app.db.orm
    .select({ startOffset: segments.startOffset, scope: segments.scope, words: sql<string>`${segments.words}::text` })
    .from(segments)
    .where(eq(segments.videoId, video.id))
    .orderBy(segments.id);
  assert.deepEqual(
    rows.map(({ scope, startOffset, words }) => [scope, startOffset, words !== null]),
    [
      ['CLIP', 0, true],
      ['CLIP', 6, true],
      ['CLIP', 12, false],
      ['VIDEO', 0, false],
    ],
  );
  // The stem of German, which an English one would not be.
  assert.match(rows[0]?.words ?? '', /'haus'/);
});
