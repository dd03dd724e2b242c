import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chooseSettings, type EmbeddingWishes } from '../../src/domain/embedding-settings.ts';
import { InvalidInputError, NotFoundError } from '../../src/errors.ts';
import type { ModalityDescription } from '../../src/models/models.ts';

const modality = (name: ModalityDescription['modality'], dimensions: number | null): ModalityDescription => ({
  modality: name,
  dimensions,
  textQueries: true,
  imageQueries: false,
  vocabulary: 'OPEN',
});
const model = (name: string, installed: boolean, modalities: ModalityDescription[]) => ({
  ...{ name, license: 'MIT', installed, modalities },
});
const models = [
  model('builtin', true, [modality('VISUAL', 256), modality('AUDIO', 512), modality('TEXT_IN_VIDEO', null)]),
  model('words', true, [modality('TEXT_IN_VIDEO', null)]),
  model('deaf', true, [{ ...modality('TRANSCRIPTION', 384), wordsMustCome: true }, modality('TEXT_IN_VIDEO', null)]),
  model('away', false, [modality('VISUAL', 512)]),
];
const choose = (wishes: EmbeddingWishes) => chooseSettings(models, wishes);
const faults = (wishes: EmbeddingWishes) => {
  try {
    choose(wishes);
  } catch (error) {
    if (error instanceof InvalidInputError)
      return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
  return [];
};

it('fills in what is not said', () => {
  assert.deepEqual(choose({}), {
    model: 'builtin',
    startOffset: null,
    endOffset: null,
    clipLength: 6,
    scopes: ['CLIP'],
    modalities: ['VISUAL', 'AUDIO'],
  });
  assert.deepEqual(choose({ model: 'words' }).modalities, ['TEXT_IN_VIDEO']);
});

it('takes everything that is allowed, and each of it once', () => {
  const wishes = { startOffset: 0, endOffset: 0.5, clipLength: 10 };
  const { scopes, modalities, ...rest } = choose({
    ...wishes,
    scopes: ['VIDEO', 'CLIP', 'VIDEO'],
    modalities: ['TEXT_IN_VIDEO', 'TEXT_IN_VIDEO'],
  });
  assert.deepEqual([scopes, modalities], [['VIDEO', 'CLIP'], ['TEXT_IN_VIDEO']]);
  assert.deepEqual(rest, { model: 'builtin', ...wishes });
});

it('names every fault at once', () => {
  assert.deepEqual(
    faults({ startOffset: -1, endOffset: -2, clipLength: 1.9, scopes: [], modalities: ['TRANSCRIPTION'] }),
    [
      'modalities: TRANSCRIPTION given; "builtin" has VISUAL, AUDIO, TEXT_IN_VIDEO.',
      'startOffset: -1 given; allowed is 0 or more seconds.',
      'endOffset: -2 given; it must be more than startOffset (-1).',
      'clipLength: 1.9 given; allowed are 2 to 10 seconds.',
      'scopes: none given; allowed are CLIP, VIDEO.',
    ],
  );
  assert.deepEqual(faults({ startOffset: 1 }), [
    'endOffset: none given, but startOffset is; both or neither are needed.',
  ]);
  assert.deepEqual(faults({ endOffset: 1 }), [
    'startOffset: none given, but endOffset is; both or neither are needed.',
  ]);
  assert.deepEqual(faults({ startOffset: 2, endOffset: 2 }), [
    'endOffset: 2 given; it must be more than startOffset (2).',
  ]);
  assert.deepEqual(faults({ clipLength: 10.1 }), ['clipLength: 10.1 given; allowed are 2 to 10 seconds.']);
  assert.deepEqual(faults({ modalities: [] }).length, 1);
});

it('a model that is not known is not found, and one that is not installed names the command', () => {
  assert.throws(
    () => choose({ model: 'nothing' }),
    (error) => error instanceof NotFoundError && /"nothing"; there is builtin, words, deaf, away/.test(error.message),
  );
  assert.match(faults({ model: 'away' }).join(), /reelgraph models pull away/);
});

it('takes no modality whose words have to come with the video', () => {
  assert.deepEqual(choose({ model: 'deaf' }).modalities, ['TEXT_IN_VIDEO']);
  assert.deepEqual(faults({ model: 'deaf', modalities: ['TRANSCRIPTION'] }), [
    'modalities: TRANSCRIPTION given; "deaf" hears no words, which have to come with a video.',
  ]);
});
