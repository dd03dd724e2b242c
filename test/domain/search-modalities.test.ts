import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { App } from '../../src/app.ts';
import type { IndexRow } from '../../src/db/schema.ts';
import type { Modality } from '../../src/db/values.ts';
import { type SearchRequest, searchVideos } from '../../src/domain/search.ts';
import { InvalidInputError } from '../../src/errors.ts';
import type { Models } from '../../src/models/models.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addVideo, segment, vectorAt, wordSegment } from '../helpers/tasks.ts';
import { addWordIndex, LEXICAL, modelsWith } from '../helpers/word-models.ts';

let opened: TestApp;
let app: App;
let index: IndexRow;

async function search(text: string, request: Partial<SearchRequest> = {}, models = modelsWith(app, LEXICAL)) {
  const all = { indexIds: [index.id], query: { text }, page: {}, ...request };
  const { hits } = await searchVideos(app.db, models, 'default', all);
  return hits;
}

/** Hits as `6 TRANSCRIPTION`. */
async function found(text: string, request: Partial<SearchRequest> = {}, models?: Models): Promise<string[]> {
  const hits = await search(text, request, models);
  return hits.map(({ startOffset, modality }) => `${startOffset} ${modality}`);
}

async function rejects(promise: Promise<unknown>, path: string, message: RegExp) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.deepEqual(error.issues[0]?.path, [path]);
    assert.match(error.issues[0]?.message ?? '', message);
    return true;
  });
}

const TALK = { modalities: ['TRANSCRIPTION'] as Modality[] };

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  index = await addWordIndex(app);
  await addVideo(app, index.id, {
    language: 'de',
    segments: [
      segment(0, vectorAt(0)),
      segment(6, vectorAt(1)),
      wordSegment(0, 'Wir reden'),
      wordSegment(6, 'Jahresbericht'),
    ],
  });
});
after(() => opened[Symbol.asyncDispose]());

test('words are compared by meaning, too, where the model has an encoder', async () => {
  const other = await addWordIndex(app, ['TRANSCRIPTION', 'AUDIO']);
  const meant = (start: number, text: string, angle: number) =>
    wordSegment(start, text, { embedding: vectorAt(angle) });
  await addVideo(app, other.id, {
    segments: [
      meant(0, 'a motorcar', 0.3),
      meant(6, 'my car', 2),
      meant(12, 'a tree', 1),
      segment(18, vectorAt(0.31), { modality: 'AUDIO', thumbnail: null }),
    ],
  });
  const models = modelsWith(app, [{ modality: 'TRANSCRIPTION' }, { modality: 'AUDIO' }]);
  const request = { indexIds: [other.id] };
  const list = (text: string, more = {}) => found(text, { ...request, ...more }, models);
  assert.deepEqual((await list('car')).slice(0, 2), ['6 TRANSCRIPTION', '0 TRANSCRIPTION']);
  assert.deepEqual(await list('bus', TALK), ['0 TRANSCRIPTION', '12 TRANSCRIPTION', '6 TRANSCRIPTION']);
  // One list of vectors only: the score is that of the vectors.
  const [sound] = await search('bus', { ...request, modalities: ['AUDIO'] }, models);
  assert.ok(sound && Math.abs(sound.score - (1 + Math.cos(0.01)) / 2) < 1e-3);
  assert.deepEqual([sound.modality, sound.text, sound.thumbnail], ['AUDIO', null, null]);
  const lexical = modelsWith(app, [{ modality: 'TRANSCRIPTION' }], { words: async () => undefined });
  assert.deepEqual(await found('car', { ...request, ...TALK }, lexical), ['6 TRANSCRIPTION']);
});

test('a moment is compared in every modality that its clip has a vector of', async () => {
  const other = await addWordIndex(app, ['VISUAL', 'AUDIO']);
  const heard = (start: number, angle: number) =>
    segment(start, vectorAt(angle), { modality: 'AUDIO', thumbnail: null });
  const { video } = await addVideo(app, other.id, {
    metadata: { duration: 24 },
    segments: [
      segment(0, vectorAt(0)),
      segment(6, vectorAt(1.2)),
      segment(12, vectorAt(0.5)),
      heard(0, 0),
      heard(6, 0.1),
      segment(18, vectorAt(3)),
    ],
  });
  const models = modelsWith(app, [{}, { modality: 'AUDIO' }]);
  const at = (startOffset: number) =>
    found('', { indexIds: [other.id], query: { videoSegment: { videoId: video.id, startOffset } } }, models);
  assert.deepEqual(await at(0), ['0 VISUAL', '6 AUDIO', '12 VISUAL', '18 VISUAL']);
  assert.deepEqual(await at(12), ['12 VISUAL', '0 VISUAL', '6 VISUAL', '18 VISUAL']);
  await assert.rejects(at(24), { message: /no VISUAL or AUDIO clip .* at 24 s/ });
});

test('a text that a closed vocabulary does not know is looked for in the words only', async () => {
  const closed = { ...modelsWith(app, LEXICAL), visual: app.models.visual };
  assert.deepEqual(await found('jahresbericht', {}, closed), ['6 TRANSCRIPTION']);
  await rejects(search('nobody says this', {}, closed), 'text', /names nothing .* No words of these videos match it/);
  await rejects(search('jahresbericht', { modalities: ['VISUAL'] }, closed), 'text', /^"jahresbericht" names nothing/);
  await rejects(search('!?', {}, closed), 'text', /names nothing/);
  await rejects(search('!?', TALK, closed), 'text', /^"!\?" has no words to look for\.$/);
  await rejects(search('-haus', {}, closed), 'text', /only says what must not occur/);
});

test('a modality that the indexes lack, or that the query cannot address, is refused', async () => {
  const models = modelsWith(app, [
    { imageQueries: true, textQueries: false },
    { modality: 'TRANSCRIPTION', dimensions: null },
  ]);
  const query = { image: new Uint8Array() };
  await rejects(
    search('a', { modalities: ['AUDIO', 'VISUAL'] }, models),
    'modalities',
    /^AUDIO given; these indexes have VISUAL, TRANSCRIPTION, TEXT_IN_VIDEO\.$/,
  );
  await rejects(
    search('', { query, ...TALK }, models),
    'modalities',
    /^TRANSCRIPTION given; an image can be compared with VISUAL here\.$/,
  );
  await rejects(
    search('a', { modalities: ['VISUAL'] }, models),
    'modalities',
    /^VISUAL given; a text can be compared with TRANSCRIPTION, TEXT_IN_VIDEO here\.$/,
  );
  assert.deepEqual(await found('reden', {}, models), ['0 TRANSCRIPTION']);
  const silent = await addWordIndex(app, ['VISUAL']);
  await rejects(
    search('a', { indexIds: [silent.id] }, models),
    'modalities',
    /^none given; a text can be compared with none of VISUAL here\.$/,
  );
  // One of the indexes is enough.
  assert.deepEqual(await found('reden', { indexIds: [silent.id, index.id], ...TALK }), ['0 TRANSCRIPTION']);
});
