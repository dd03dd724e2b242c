import type { Bundle } from './bundles.ts';
import type { Modality } from './parts.ts';

/** What a text query may say: anything, only words that the model knows by name, or nothing. */
export type Vocabulary = 'OPEN' | 'CLOSED' | 'NONE';

/** What a model does for one modality. `dimensions` is null where words are only searched lexically. */
export interface ModalityDescription {
  modality: Modality;
  dimensions: number | null;
  textQueries: boolean;
  imageQueries: boolean;
  vocabulary: Vocabulary;
  /** Set where nothing of the model finds the words in a video: they have to come with it. */
  wordsMustCome?: true;
}

export interface ModelDescription {
  name: string;
  license: string;
  /** Its files are here and matched their checksums when they were last looked at. */
  installed: boolean;
  modalities: ModalityDescription[];
}

/** What a bundle can do, by what its parts are. */
export function describeModel({ manifest, part }: Bundle, installed: boolean): ModelDescription {
  const { name, license, modalities } = manifest;
  const described: ModalityDescription[] = [];
  const add = (modality: Modality, dimensions: number | null, more: Partial<ModalityDescription> = {}) =>
    described.push({ modality, dimensions, textQueries: true, imageQueries: false, vocabulary: 'OPEN', ...more });

  const [visual, audio] = [part('VISUAL')?.manifest, part('AUDIO')?.manifest];
  if (visual) {
    const vocabulary = 'kind' in visual ? 'OPEN' : visual.vocabulary;
    add('VISUAL', visual.dimensions, { imageQueries: true, vocabulary });
  }
  if (audio) add('AUDIO', audio.dimensions);
  for (const modality of ['TRANSCRIPTION', 'TEXT_IN_VIDEO'] as const)
    if (modalities[modality])
      add(
        modality,
        part(`${modality}.words`)?.manifest.dimensions ?? null,
        modality === 'TRANSCRIPTION' && !part('TRANSCRIPTION.speech') ? { wordsMustCome: true } : {},
      );
  return { name, license, installed, modalities: described };
}

/** Numbers of the longest vector that a bundle makes; 0 where it makes none. */
export function longestVector(bundle: Bundle): number {
  return Math.max(0, ...describeModel(bundle, true).modalities.map(({ dimensions }) => dimensions ?? 0));
}
