import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkEmbedText, chooseSpace, embedQuery } from '../../src/domain/embed-query.ts';
import { InvalidInputError, NotFoundError } from '../../src/errors.ts';
import type { ModalityDescription, Models } from '../../src/models/models.ts';

const VISUAL = {
  modality: 'VISUAL',
  dimensions: 3,
  textQueries: true,
  imageQueries: true,
  vocabulary: 'OPEN',
} as const;
const AUDIO = { ...VISUAL, modality: 'AUDIO', imageQueries: false } as const;
const SPEECH = { ...AUDIO, modality: 'TRANSCRIPTION' } as const;
const CAPTIONS = { ...AUDIO, modality: 'TEXT_IN_VIDEO' } as const;
const LEXICAL = { ...SPEECH, dimensions: null } as const;

const BUNDLES: Record<string, ModalityDescription[]> = {
  builtin: [LEXICAL, CAPTIONS, AUDIO, VISUAL],
  words: [AUDIO, LEXICAL, CAPTIONS],
  sounds: [LEXICAL, AUDIO],
  lexical: [LEXICAL],
  pictures: [{ ...VISUAL, textQueries: false, vocabulary: 'NONE' }],
};

/** Encoders whose vectors say which one was asked. */
function createModels(installed = true): Models {
  const describe = (name: string) => {
    const modalities = BUNDLES[name];
    return modalities && { name, license: 'MIT', installed, modalities };
  };
  const encoder = { dimensions: 3, batchSize: 1, sampleRate: 48_000 };
  return {
    describe,
    list: async () => Object.keys(BUNDLES).flatMap((name) => describe(name) ?? []),
    visual: async () => ({
      ...encoder,
      encodeImages: async () => [Float32Array.of(0, 0, 1)],
      encodeText: async (text: string) =>
        text === 'zebra'
          ? { vector: Float32Array.of(1, 0, 0) }
          : { unknown: text, suggestions: ['zebra', 'zebra crossing'] },
    }),
    words: async (_: string, modality: string) => ({
      ...encoder,
      encodePassages: async () => [],
      encodeQuery: async () => Float32Array.of(0, modality === 'TEXT_IN_VIDEO' ? 1 : 0, 0),
    }),
    audio: async () => ({
      ...encoder,
      encodeSounds: async () => [],
      encodeText: async () => Float32Array.of(0, 0.5, 0.5),
    }),
  } as unknown as Models;
}

const embed = async (model: string | null, query: { text: string } | { image: Uint8Array }) => {
  const models = createModels();
  const space = await chooseSpace(models, model, 'text' in query ? 'text' : 'image');
  return [space.model.name, [...(await embedQuery(models, space, query))]];
};
const refusal = (pattern: RegExp) => (error: unknown) =>
  error instanceof InvalidInputError && pattern.test(error.message);

it('puts a query beside pictures where the model has such, else beside words, else beside sounds', async () => {
  assert.deepEqual(await embed(null, { text: 'zebra' }), ['builtin', [1, 0, 0]]);
  assert.deepEqual(await embed('builtin', { image: new Uint8Array() }), ['builtin', [0, 0, 1]]);
  assert.deepEqual(await embed('words', { text: 'zebra' }), ['words', [0, 1, 0]]);
  assert.deepEqual(await embed('sounds', { text: 'zebra' }), ['sounds', [0, 0.5, 0.5]]);
});

it('says what the model can where it cannot take the query', async () => {
  await assert.rejects(embed('words', { image: new Uint8Array() }), refusal(/^image: .*"words".* only texts/));
  await assert.rejects(embed('pictures', { text: 'zebra' }), refusal(/^text: .*"pictures".* only images/));
  await assert.rejects(embed('lexical', { text: 'zebra' }), refusal(/neither texts nor images/));
});

it('names words that a closed vocabulary does not have, and near ones', async () => {
  await assert.rejects(embed('builtin', { text: 'zebraa' }), refusal(/"zebraa".*closed.*zebra, zebra crossing/));
});

it('finds no model that is not known, and names the command for one that is not installed', async () => {
  await assert.rejects(chooseSpace(createModels(), 'nothing', 'text'), NotFoundError);
  await assert.rejects(chooseSpace(createModels(false), 'words', 'text'), refusal(/reelgraph models pull words/));
});

it('takes texts of 1 to 10000 characters that are not blank', () => {
  checkEmbedText('x'.repeat(10_000));
  for (const text of ['', ' \n', 'x'.repeat(10_001)]) assert.throws(() => checkEmbedText(text), InvalidInputError);
});
