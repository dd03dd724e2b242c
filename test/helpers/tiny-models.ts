import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AudioTextManifest, ImageTextManifest, WordsManifest } from '../../src/models/hub-parts.ts';
import { makeSoundModel, makeTextModel, makeVisionModel, type TextInput } from './tiny-graphs.ts';
import {
  clipTokenizer,
  robertaTokenizer,
  type TinyTokenizer,
  unigramTokenizer,
  wordPieceTokenizer,
} from './tiny-tokenizers.ts';

/** The words that are one token in every tiny vocabulary; all others fall into letters. */
export const WORDS = [
  ...['red', 'green', 'blue', 'a', 'photo', 'of', 'low', 'high', 'query', 'passage', 'hello', 'world'],
  ...['cat', 'kitten', 'dog', 'puppy', 'car', 'rain', 'storm', 'music'],
];

const WEAK = ['a', 'of', 'photo', 'query', 'passage'];
const SYNONYMS: Record<string, string> = { kitten: 'cat', puppy: 'dog', storm: 'rain' };
const COLORS: Record<string, number[]> = { red: [1, 0, 0, 0], green: [0, 1, 0, 0], blue: [0, 0, 1, 0] };
const PITCHES: Record<string, number[]> = { low: [1, -1, 0, 0], high: [-1, 1, 0, 0] };

/** Files by name, as JSON where they are no bytes. */
export async function writeFiles(folder: string, files: Record<string, object | Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), content instanceof Uint8Array ? content : JSON.stringify(content));
}

/**
 * Stands in for CLIP, MobileCLIP or SigLIP: the same inputs, outputs, preparation and form of tokenizer. A picture's
 * vector is its mean colour; the words red, green and blue are those colours.
 */
export async function writeTinyImageText(
  folder: string,
  of: 'clip' | 'mobileclip' | 'siglip' = 'clip',
): Promise<ImageTextManifest> {
  const siglip = of === 'siglip';
  const made = siglip ? unigramTokenizer(WORDS, 'siglip') : clipTokenizer(WORDS, of === 'clip' ? undefined : '!');
  const [imageOutput, textOutput] = siglip ? ['pooler_output', 'pooler_output'] : ['image_embeds', 'text_embeds'];
  const identity = [COLORS.red ?? [], COLORS.green ?? [], COLORS.blue ?? []];
  await writeFiles(folder, {
    'vision_model.onnx': makeVisionModel(identity, imageOutput),
    'text_model.onnx': makeTextModel(tableOf(made, 4, COLORS), {
      inputs: ['input_ids'],
      output: textOutput,
      pooled: true,
    }),
    ...tokenizerFiles(made),
  });
  const scale = (values: [number, number, number]) => values.map((value) => value * 255) as [number, number, number];
  const prepared = {
    clip: {
      mean: scale([0.48145466, 0.4578275, 0.40821073]),
      std: scale([0.26862954, 0.26130258, 0.27577711]),
      size: 224,
    },
    mobileclip: { mean: scale([0, 0, 0]), std: scale([1, 1, 1]), size: 256 },
    siglip: { mean: scale([0.5, 0.5, 0.5]), std: scale([0.5, 0.5, 0.5]), size: 224 },
  }[of];
  return {
    kind: 'image-text',
    dimensions: 4,
    images: {
      file: 'vision_model.onnx',
      output: imageOutput,
      width: prepared.size,
      height: prepared.size,
      fit: siglip ? 'fill' : 'cover',
      kernel: of === 'mobileclip' ? 'linear' : 'cubic',
      mean: prepared.mean,
      std: prepared.std,
      batchSize: 2,
    },
    text: {
      file: 'text_model.onnx',
      output: textOutput,
      pooling: 'none',
      tokens: { ...TOKENS, length: siglip ? 64 : 77, pad: 'length' },
    },
  };
}

/**
 * Stands in for all-MiniLM-L6-v2 or multilingual-e5-small. A word's vector is its own, but that kitten is near to cat,
 * puppy to dog, storm to rain.
 */
export async function writeTinyWords(folder: string, of: 'minilm' | 'e5' = 'minilm'): Promise<WordsManifest> {
  const made = of === 'e5' ? unigramTokenizer(WORDS, 'e5') : wordPieceTokenizer(WORDS);
  const inputs: TextInput[] = ['input_ids', 'attention_mask', 'token_type_ids'];
  const output = 'last_hidden_state';
  await writeFiles(folder, {
    'model.onnx': makeTextModel(tableOf(made, 32), { inputs, output, pooled: false }),
    ...tokenizerFiles(made),
  });
  return {
    kind: 'words',
    dimensions: 32,
    text: {
      file: 'model.onnx',
      output,
      pooling: 'mean',
      tokens: { ...TOKENS, length: of === 'e5' ? 512 : 256, pad: 'longest' },
    },
    ...(of === 'e5' ? { prefixes: { query: 'query: ', passage: 'passage: ' } } : {}),
    batchSize: 3,
  };
}

/** Stands in for CLAP. A sound's vector says whether its lower or its upper bands are louder; the words low and high do too. */
export async function writeTinyAudioText(folder: string): Promise<AudioTextManifest> {
  const made = robertaTokenizer(WORDS);
  const bands = Array.from({ length: 64 }, (_, band) => (band < 32 ? [1, -1, 0, 0] : [-1, 1, 0, 0]));
  await writeFiles(folder, {
    'audio_model.onnx': makeSoundModel(bands, 'audio_embeds'),
    'text_model.onnx': makeTextModel(tableOf(made, 4, PITCHES), {
      inputs: ['input_ids', 'attention_mask'],
      output: 'text_embeds',
      pooled: true,
    }),
    'preprocessor_config.json': CLAP_FEATURES,
    ...tokenizerFiles(made),
  });
  return {
    kind: 'audio-text',
    dimensions: 4,
    sounds: { file: 'audio_model.onnx', output: 'audio_embeds', features: 'preprocessor_config.json', batchSize: 2 },
    text: {
      file: 'text_model.onnx',
      output: 'text_embeds',
      pooling: 'none',
      tokens: { ...TOKENS, length: 512, pad: 'longest' },
    },
  };
}

const TOKENS = { tokenizer: 'tokenizer.json', config: 'tokenizer_config.json' };

// As laion/clap-htsat-unfused has it.
const CLAP_FEATURES = {
  chunk_length_s: 10,
  feature_extractor_type: 'ClapFeatureExtractor',
  feature_size: 64,
  fft_window_size: 1024,
  frequency_max: 14000,
  frequency_min: 50,
  hop_length: 480,
  max_length_s: 10,
  n_fft: 1024,
  nb_frequency_bins: 513,
  nb_max_frames: 1000,
  nb_max_samples: 480000,
  padding: 'repeatpad',
  padding_side: 'right',
  padding_value: 0,
  processor_class: 'ClapProcessor',
  return_attention_mask: false,
  sampling_rate: 48000,
  top_db: null,
  truncation: 'rand_trunc',
};

function tokenizerFiles({ tokenizer, config }: TinyTokenizer): Record<string, object> {
  return { 'tokenizer.json': tokenizer, 'tokenizer_config.json': config };
}

// A vector for each token: what the word means, else one that is made of its letters; none for marks and padding.
function tableOf(made: TinyTokenizer, dimensions: number, meanings: Record<string, number[]> = {}): number[][] {
  const table: number[][] = Array.from({ length: made.ids.size }, () => new Array<number>(dimensions).fill(0));
  const hasMeanings = Object.keys(meanings).length > 0;
  for (const [token, id] of made.ids) {
    const word = token.replace(/<\/w>$|^[▁Ġ]|^##/g, '');
    const weight = hasMeanings || WEAK.includes(word) || word.length === 1 ? 0.05 : 1;
    if (/^[a-z]+$/.test(word)) table[id] = meanings[word] ?? scatter(word, dimensions).map((value) => value * weight);
  }
  return table;
}

function scatter(word: string, dimensions: number): number[] {
  const root = SYNONYMS[word];
  if (root) return scatter(root, dimensions).map((value, at) => value + (at === word.length ? 0.1 : 0));
  let state = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2147483647, 7);
  return Array.from({ length: dimensions }, () => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  });
}
