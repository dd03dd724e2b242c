import { loadAudioTextEncoder } from './audio-text-encoder.ts';
import { loadImageTextEncoder } from './image-text-encoder.ts';
import type { EncoderSpec } from './inference-protocol.ts';
import { loadTextReader } from './ocr/text-reader.ts';
import type { PartManifests, PartPath } from './parts.ts';
import { loadSpeechTranscriber } from './speech-transcriber.ts';
import { loadVisualEncoder } from './visual-encoder.ts';
import { loadWordsEncoder } from './words-encoder.ts';

/** An encoder as its file has it: methods, and numbers that say what it takes. */
export type Encoder = object & { close(): Promise<void> };

type Loaders = { [P in PartPath]: (folder: string, manifest: PartManifests[P], threads: number) => Promise<Encoder> };

const loaders: Loaders = {
  VISUAL: (folder, manifest, threads) =>
    'kind' in manifest ? loadImageTextEncoder(folder, manifest, threads) : loadVisualEncoder(folder, manifest, threads),
  AUDIO: loadAudioTextEncoder,
  'TRANSCRIPTION.speech': loadSpeechTranscriber,
  'TRANSCRIPTION.words': loadWordsEncoder,
  'TEXT_IN_VIDEO.reader': loadTextReader,
  'TEXT_IN_VIDEO.words': loadWordsEncoder,
};

/** Loads what a part of a manifest describes. */
export function loadEncoder<P extends PartPath>({ path, folder, manifest, threads }: EncoderSpec<P>): Promise<Encoder> {
  return loaders[path](folder, manifest, threads);
}
