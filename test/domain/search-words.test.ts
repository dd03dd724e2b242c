import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type IndexRow, segments, type VideoRow } from '../../src/db/schema.ts';
import type { Modality } from '../../src/db/values.ts';
import { type SearchRequest, searchVideos } from '../../src/domain/search.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addVideo, segment, vectorAt, wordSegment } from '../helpers/tasks.ts';
import { addWordIndex, LEXICAL, modelsWith } from '../helpers/word-models.ts';

let opened: TestApp;
let app: App;
let index: IndexRow;
let talk: VideoRow;

async function search(text: string, request: Partial<SearchRequest> = {}) {
  const all = { indexIds: [index.id], query: { text }, page: {}, ...request };
  const { hits } = await searchVideos(app.db, modelsWith(app, LEXICAL), 'default', all);
  return hits;
}

/** Hits as `talk 6 TRANSCRIPTION`. */
async function found(text: string, request: Partial<SearchRequest> = {}): Promise<string[]> {
  const name = (id: string) => (id === talk.id ? 'talk' : 'walk');
  const hits = await search(text, request);
  return hits.map(({ videoId, startOffset, modality }) => `${name(videoId)} ${startOffset} ${modality}`);
}

const onScreen = { modality: 'TEXT_IN_VIDEO' as const, thumbnail: 'scenes/1.jpg' };
const TALK = { modalities: ['TRANSCRIPTION'] as Modality[] };

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  index = await addWordIndex(app);
  ({ video: talk } = await addVideo(app, index.id, {
    language: 'de',
    userMetadata: { kind: 'talk' },
    metadata: { duration: 24 },
    segments: [
      ...[0, 6, 12, 18].map((start) => segment(start, vectorAt(2 + start / 10))),
      wordSegment(0, 'Guten Tag, wir reden über alte Häuser'),
      wordSegment(6, 'Ein Haus, ein Haus, noch ein Haus'),
      wordSegment(12, 'Jahresbericht 2024'),
      wordSegment(12, 'Jahresbericht Seite 3', onScreen),
      wordSegment(0, 'Guten Tag', { scope: 'VIDEO', endOffset: 24 }),
    ],
  }));
  await addVideo(app, index.id, {
    language: 'en',
    userMetadata: { kind: 'walk' },
    metadata: { duration: 40 },
    segments: [
      ...[0, 6].map((start) => segment(start, vectorAt(start / 10))),
      wordSegment(0, 'A dog was running across the street'),
      wordSegment(6, '12:34:56 CAMERA 1', onScreen),
    ],
  });
});
after(() => opened[Symbol.asyncDispose]());

test('words alone are ranked by how often they occur, with their text and score', async () => {
  const hits = await search('haus', TALK);
  assert.deepEqual(
    hits.map(({ startOffset, text, rank }) => [startOffset, text, rank]),
    [
      [6, 'Ein Haus, ein Haus, noch ein Haus', 1],
      [0, 'Guten Tag, wir reden über alte Häuser', 2],
    ],
  );
  const [first = 0, second = 0] = hits.map(({ score }) => score);
  assert.ok(first > second && first < 1 && second > 0);
  assert.deepEqual(await found('haus', { ...TALK, minScore: first }), ['talk 6 TRANSCRIPTION']);
  assert.deepEqual(await found('"alte häuser"', TALK), ['talk 0 TRANSCRIPTION']);
  assert.deepEqual(await found('runs -cat or jahres*', TALK), ['talk 12 TRANSCRIPTION', 'walk 0 TRANSCRIPTION']);
  assert.deepEqual(await found('12:34:56', { modalities: ['TEXT_IN_VIDEO'] }), ['walk 6 TEXT_IN_VIDEO']);
  assert.deepEqual(await found('nothing like this', TALK), []);
});

test('a picture of the same clip stands for words without one', async () => {
  const [spoken] = await search('reden', TALK);
  assert.equal(spoken?.thumbnail, 'frames/0.jpg');
  const [written] = await search('seite', { modalities: ['TEXT_IN_VIDEO'] });
  assert.equal(written?.thumbnail, 'scenes/1.jpg');
});

test('words that occur come before pictures that are near; each clip is one hit, of the modality that gave most', async () => {
  // The text's vector is that of the walk at 6 s.
  const hits = await found('reden ');
  assert.equal(hits[0], 'talk 0 TRANSCRIPTION');
  assert.equal(hits[1], 'walk 6 VISUAL');
  assert.equal(new Set(hits).size, 6);
  // In both: the one that is also near.
  assert.deepEqual((await found('haus or running')).slice(0, 3), [
    'talk 6 TRANSCRIPTION',
    'walk 0 TRANSCRIPTION',
    'talk 0 TRANSCRIPTION',
  ]);
  const [both] = await search('jahresbericht');
  assert.deepEqual([both?.startOffset, both?.modality], [12, 'TRANSCRIPTION']);
  for (const { score } of await search('jahresbericht')) assert.ok(score > 0 && score <= 1);
});

test('pages follow each other, are cut off by the score, and a video is one hit', async () => {
  const whole = await found('haus or running');
  const paged: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < 3; page += 1) {
    const hits = await search('haus or running', { page: { first: 2, after } });
    paged.push(...hits.map(({ startOffset, modality }) => `${startOffset} ${modality}`));
    after = hits.at(-1)?.cursor;
  }
  assert.deepEqual(
    paged,
    whole.map((hit) => hit.slice(5)),
  );
  assert.deepEqual(await found('haus or running', { page: { after } }), []);
  const scores = (await search('haus or running')).map(({ score }) => score);
  assert.equal((await search('haus or running', { minScore: scores[2] ?? 0 })).length, 3);
  assert.deepEqual(await found('haus or running', { groupBy: 'VIDEO' }), [
    'talk 6 TRANSCRIPTION',
    'walk 0 TRANSCRIPTION',
  ]);
});

test('filters hold for words, too', async () => {
  const query = 'haus or running';
  assert.deepEqual(await found(query, { ...TALK, filter: { userMetadata: { kind: 'walk' } } }), [
    'walk 0 TRANSCRIPTION',
  ]);
  assert.deepEqual(await found(query, { ...TALK, filter: { minDuration: 50 } }), []);
  assert.deepEqual(await found(query, { ...TALK, filter: { maxDuration: 30 }, groupBy: 'VIDEO' }), [
    'talk 6 TRANSCRIPTION',
  ]);
  for (const hit of await found(query, { filter: { userMetadata: { kind: 'walk' } } })) assert.match(hit, /^walk/);
});

test('what a query excludes is not shown for its looks either', async () => {
  const hits = await found('running or jahresbericht -haus');
  assert.ok(hits.includes('talk 6 VISUAL'));
  const without = await found('running -camera');
  assert.ok(!without.some((hit) => hit.startsWith('walk 6')), without.join());
  assert.equal(without.length, 5);
});

test("another index's words, and those of another model, are not there", async () => {
  const other = await addWordIndex(app);
  const { video } = await addVideo(app, other.id, {
    segments: [wordSegment(0, 'Jahresbericht'), wordSegment(6, 'Jahresbericht')],
  });
  assert.deepEqual(await found('jahresbericht', TALK), ['talk 12 TRANSCRIPTION']);
  await app.db.orm.update(segments).set({ model: 'next' }).where(eq(segments.videoId, video.id));
  assert.deepEqual(await found('jahresbericht', { indexIds: [other.id], ...TALK }), []);
  await assert.rejects(
    searchVideos(app.db, modelsWith(app, LEXICAL), 'other', {
      indexIds: [index.id],
      query: { text: 'haus' },
      page: {},
    }),
    { name: 'NotFoundError' },
  );
});
