import { z } from 'zod';

// What manifests say of the encoders whose files come from a model hub. Apart from the encoders, since whoever reads a
// manifest needs no ONNX Runtime.

const dimensions = z.int().positive();
const batchSize = z.int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]);
const scale = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

const tokens = z.strictObject({
  /** A Hugging Face `tokenizer.json`. */
  tokenizer: z.string(),
  /** Its `tokenizer_config.json`, which names the padding token. */
  config: z.string(),
  /** The longest text, in tokens, with those that mark its start and end. */
  length: z.int().min(3),
  /** Texts are filled up to `length`, or to the longest of the texts that are run together. */
  pad: z.enum(['length', 'longest']),
});

const textNetwork = z.strictObject({
  file: z.string(),
  output: z.string(),
  /**
   * `none` where the output is one vector for each text; else it is one for each token, of which the mean is taken
   * (over the text's own tokens) or the first.
   */
  pooling: z.enum(['none', 'mean', 'first']),
  tokens,
});

/**
 * Pictures and any words about them in one space, by two networks trained together: CLIP
 * (https://arxiv.org/abs/2103.00020), MobileCLIP (https://arxiv.org/abs/2311.17049), SigLIP
 * (https://arxiv.org/abs/2303.15343). How pictures are prepared is what a model's `preprocessor_config.json` says.
 */
export const imageTextManifest = z.strictObject({
  kind: z.literal('image-text'),
  dimensions,
  images: z.strictObject({
    file: z.string(),
    output: z.string(),
    width: z.int().positive(),
    height: z.int().positive(),
    /** `cover` is a shortest edge brought to the size and the middle cut out; `fill` is height and width given. */
    fit: z.enum(['fill', 'cover']),
    /** `resample` 3 is cubic, 2 is linear. */
    kernel: z.enum(['cubic', 'linear']),
    /** Of values from 0 to 255: 255 times those of a processor that rescales to 0 to 1. */
    mean: channels,
    std: scale,
    batchSize,
  }),
  text: textNetwork.extend({
    /** What a query is put into, at `{}`. The query itself when not given: only lone class names gain by a sentence. */
    template: z.string().includes('{}').optional(),
  }),
});

/**
 * What words mean, by a sentence encoder: all-MiniLM-L6-v2 (mean of the tokens, at most 256 of them, as its model card
 * says) or the E5 models, which tell what is looked for from what is to be found by a prefix
 * (https://arxiv.org/abs/2402.05672).
 */
export const wordsManifest = z.strictObject({
  kind: z.literal('words'),
  dimensions,
  text: textNetwork,
  /** Put before each text, space and all. */
  prefixes: z.strictObject({ query: z.string(), passage: z.string() }).optional(),
  batchSize,
});

/** Sounds and words about them in one space: CLAP (https://arxiv.org/abs/2211.06687), without feature fusion. */
export const audioTextManifest = z.strictObject({
  kind: z.literal('audio-text'),
  dimensions,
  sounds: z.strictObject({
    file: z.string(),
    output: z.string(),
    /** The `preprocessor_config.json` of a ClapFeatureExtractor. */
    features: z.string(),
    batchSize,
  }),
  text: textNetwork,
});

/** Speech by Whisper (https://arxiv.org/abs/2212.04356), exported as an encoder and a decoder that keeps its past. */
export const speechManifest = z.strictObject({
  kind: z.literal('whisper'),
  encoder: z.string(),
  /** The one that serves with and without a past: `decoder_model_merged.onnx`. */
  decoder: z.string(),
  config: z.string(),
  generation: z.string(),
  /** The `preprocessor_config.json` of a WhisperFeatureExtractor. */
  features: z.string(),
  tokenizer: z.string(),
  tokenizerConfig: z.string(),
});

export type TokensManifest = z.infer<typeof tokens>;
export type TextNetworkManifest = z.infer<typeof textNetwork>;
export type ImageTextManifest = z.infer<typeof imageTextManifest>;
export type WordsManifest = z.infer<typeof wordsManifest>;
export type AudioTextManifest = z.infer<typeof audioTextManifest>;
export type SpeechManifest = z.infer<typeof speechManifest>;

/** The files that the encoder of a part reads. */
export function imageTextFiles({ images, text }: ImageTextManifest): string[] {
  return [images.file, ...textFiles(text)];
}

/** Likewise. */
export function wordsFiles({ text }: WordsManifest): string[] {
  return textFiles(text);
}

/** Likewise. */
export function audioTextFiles({ sounds, text }: AudioTextManifest): string[] {
  return [sounds.file, sounds.features, ...textFiles(text)];
}

/** Likewise. */
export function speechFiles({ kind: _, ...files }: SpeechManifest): string[] {
  return Object.values(files);
}

function textFiles({ file, tokens: { tokenizer, config } }: TextNetworkManifest): string[] {
  return [file, tokenizer, config];
}
