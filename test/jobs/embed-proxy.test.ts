import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { MODALITIES } from '../../src/db/values.ts';
import type { NewSegment } from '../../src/domain/segments.ts';
import { type ComputedProxy, createComputedProxy, lettersOf, vectorOf } from '../helpers/computed-proxy.ts';

let test: ComputedProxy;
before(async () => {
  test = await createComputedProxy();
});
after(() => test[Symbol.asyncDispose]());

const textsOf = (segments: readonly NewSegment[]) =>
  segments.map(({ scope, startOffset, text }) => [scope, startOffset, text]);

function near(actual: Float32Array | null | undefined, expected: ArrayLike<number>) {
  const differences = Array.from(expected, (value, n) => Math.abs(value - (actual?.[n] ?? Number.NaN)));
  assert.ok(Math.max(...differences) < 0.01, `${actual} is not ${Array.from(expected)}`);
}

function mean(...vectors: Float32Array[]): number[] {
  const sum = Array.from(vectors[0] ?? [], (_, n) => vectors.reduce((total, vector) => total + (vector[n] ?? 0), 0));
  return sum.map((value) => value / Math.hypot(...sum));
}

it('comes by time, the whole last, with each modality in turn', async () => {
  const { segments } = await test.embed();
  assert.deepEqual(
    segments.map(({ scope, startOffset, modality }) => `${scope} ${startOffset} ${modality}`),
    ['CLIP 0', 'CLIP 6', 'CLIP 12', 'CLIP 18', 'VIDEO 0'].flatMap((at) => MODALITIES.map((each) => `${at} ${each}`)),
  );
  assert.ok(segments.every(({ thumbnail }) => thumbnail?.startsWith('frames/')));
});

it('words that came with the video are in the clips that they overlap with', async () => {
  const lines = [
    { startOffset: 1, endOffset: 2, text: 'one' },
    { startOffset: 3, endOffset: 13, text: 'two' },
    { startOffset: 6, endOffset: 6, text: 'three' },
    { startOffset: 11, endOffset: 12, text: 'four' },
  ];
  const found = await test.embed({ modalities: ['TRANSCRIPTION'], lines, language: 'de' });
  assert.deepEqual([found.lines, found.language], [lines, 'de']);
  assert.deepEqual(textsOf(found.segments), [
    ['CLIP', 0, 'one two'],
    ['CLIP', 6, 'two three four'],
    ['CLIP', 12, 'two'],
    ['VIDEO', 0, 'one two three four'],
  ]);
  const [first, second, third, whole] = found.segments;
  near(first?.embedding, lettersOf('one two'));
  near(whole?.embedding, mean(...[first, second, third].flatMap((segment) => segment?.embedding ?? [])));
});

it('a line that lasts as long as the video is in each clip, and all of them together are bounded', async () => {
  const lines = [{ startOffset: 0, endOffset: 7200, text: 'a'.repeat(4_000_000) }];
  const spans = Array.from({ length: 1200 }, (_, n) => ({ startOffset: 6 * n, endOffset: 6 * n + 6 }));
  const given = { modalities: ['TRANSCRIPTION' as const], lines, spans, whole: { startOffset: 0, endOffset: 7200 } };
  const { segments } = await test.embed(given, { words: async () => undefined });
  const characters = segments.map(({ text }) => text?.length ?? 0);
  assert.equal(characters.filter((count) => count === 1666).length, 1200);
  assert.ok(characters.reduce((sum, count) => sum + count) <= 2_000_000);
});

it('without a text encoder words have no vectors', async () => {
  const lines = [{ startOffset: 1, endOffset: 2, text: 'one' }];
  const { segments } = await test.embed({ modalities: ['TRANSCRIPTION'], lines }, { words: async () => undefined });
  assert.deepEqual(
    segments.map(({ text, embedding }) => [text, embedding]),
    [
      ['one', null],
      ['one', null],
    ],
  );
});

it('words are heard where none came, in the part that is asked for', async () => {
  const whole = await test.embed({ modalities: ['TRANSCRIPTION'] });
  assert.equal(whole.language, 'en');
  assert.deepEqual(
    whole.lines?.map(({ startOffset, text }) => [startOffset, text]),
    [
      [0, 'low 0'],
      [4, 'low 1'],
      [8, 'low 2'],
      [12, 'high 3'],
      [16, 'high 4'],
      [20, 'high 5'],
    ],
  );
  const part = await test.embed({
    modalities: ['TRANSCRIPTION'],
    whole: { startOffset: 10, endOffset: 16 },
    spans: [{ startOffset: 10, endOffset: 16 }],
    language: 'fr',
  });
  assert.deepEqual(part.lines, [
    { startOffset: 10, endOffset: 14, text: 'low 0' },
    { startOffset: 14, endOffset: 16, text: 'high 1' },
  ]);
  assert.equal(part.language, 'fr');
  assert.deepEqual(textsOf(part.segments), [
    ['CLIP', 10, 'low 0 high 1'],
    ['VIDEO', 10, 'low 0 high 1'],
  ]);
});

it('where nobody can hear there are no words, and no sound has no vectors', async () => {
  const deaf = await test.embed({ modalities: ['TRANSCRIPTION'] }, { speech: async () => undefined });
  assert.deepEqual(deaf, { segments: [], lines: null, language: null });
  const silent = { ...test.proxy, sound: null };
  const unheard = { speech: () => assert.fail('asked for'), audio: () => assert.fail('asked for') };
  const found = await test.embed({ proxy: silent, modalities: ['AUDIO', 'TRANSCRIPTION'] }, unheard);
  assert.deepEqual(found, { segments: [], lines: null, language: null });
});

it('a scene is on screen until the next one, and says each line once', async () => {
  assert.equal(test.proxy.scenes.length, 2);
  const { segments } = await test.embed({
    modalities: ['TEXT_IN_VIDEO'],
    spans: [
      { startOffset: 4, endOffset: 6 },
      { startOffset: 10, endOffset: 14 },
      { startOffset: 18, endOffset: 24 },
    ],
  });
  assert.deepEqual(textsOf(segments), [
    ['CLIP', 4, 'a red sign\nEXIT'],
    ['CLIP', 10, 'a red sign\nEXIT\na blue sign'],
    ['CLIP', 18, 'a blue sign\nEXIT'],
    ['VIDEO', 0, 'a red sign\nEXIT\na blue sign'],
  ]);
  near(segments[0]?.embedding, lettersOf('a red sign\nEXIT'));
});

it('only the scenes of the part are read', async () => {
  const whole = { startOffset: 13, endOffset: 20 };
  const { segments } = await test.embed({ modalities: ['TEXT_IN_VIDEO'], scopes: ['VIDEO'], spans: [whole], whole });
  assert.deepEqual(textsOf(segments), [['VIDEO', 13, 'a blue sign\nEXIT']]);
});

it('the vector of a sound is the mean of its windows', async () => {
  const low = vectorOf(400);
  const high = vectorOf(1600);
  const { segments } = await test.embed({
    modalities: ['AUDIO'],
    spans: [
      { startOffset: 0, endOffset: 6 },
      { startOffset: 0, endOffset: 24 },
      { startOffset: 23, endOffset: 24.05 },
      { startOffset: 30, endOffset: 36 },
    ],
  });
  assert.deepEqual(
    segments.map(({ scope, startOffset, endOffset }) => [scope, startOffset, endOffset]),
    [
      ['CLIP', 0, 6],
      ['CLIP', 0, 24],
      ['CLIP', 23, 24.05],
      ['VIDEO', 0, 24],
    ],
  );
  near(segments[0]?.embedding, low);
  // Windows of 8 seconds, of which the second is half low and half high.
  near(segments[1]?.embedding, mean(low, vectorOf(1000), high));
  near(segments[2]?.embedding, high);
});

it('says how far it is: never less than before, and all of it at the end', async () => {
  const told: number[] = [];
  await test.embed({ report: (fraction) => told.push(fraction) });
  assert.deepEqual(
    told,
    told.toSorted((one, other) => one - other),
  );
  assert.equal(told.at(-1), 1);
  assert.ok(told.length > 12 && (told[0] ?? 1) < 0.3, told.join(' '));
});
