import { allOrNone } from './all-or-none.ts';
import type { TextEncoding } from './class-text.ts';
import type { AudioEncoder, ReadLine, RunOptions, TextReader, VisualEncoder, WordsEncoder } from './encoders.ts';
import { UndecodableImageError } from './errors.ts';
import type { InferenceHost } from './inference-host.ts';
import type { EncoderSpec } from './inference-protocol.ts';
import type { SpeechTranscriber } from './speech-recognizer.ts';

/** Batches of one call that are under way at once: one runs, one is ready, one is being decoded. */
const AHEAD = 3;

const QUERY = { urgent: true };

/** The encoder of pictures that `spec` describes, in the host's thread. It is loaded before this resolves. */
export async function openVisual(host: InferenceHost, spec: EncoderSpec<'VISUAL'>): Promise<VisualEncoder> {
  const { dimensions = 0, batchSize = 1 } = await host.load(spec);
  return {
    dimensions,
    batchSize,
    encodeImages: (images, options) =>
      inBatches(images, batchSize, options, (batch, first, run) =>
        host.call<Float32Array[]>(spec, 'encodeImages', [batch], run).catch((error) => {
          throw error instanceof UndecodableImageError ? error.at(first + error.position) : error;
        }),
      ),
    encodeText: (text) => host.call<TextEncoding>(spec, 'encodeText', [text], QUERY),
  };
}

/** The encoder of sounds, likewise. */
export async function openAudio(host: InferenceHost, spec: EncoderSpec<'AUDIO'>): Promise<AudioEncoder> {
  const { dimensions = 0, batchSize = 1, sampleRate = 0 } = await host.load(spec);
  return {
    dimensions,
    batchSize,
    sampleRate,
    encodeSounds: (sounds, options) =>
      inBatches(sounds, batchSize, options, (batch, _, run) =>
        host.call<Float32Array[]>(spec, 'encodeSounds', [batch], run),
      ),
    encodeText: (text) => host.call<Float32Array>(spec, 'encodeText', [text], QUERY),
  };
}

/** The encoder of words, likewise. */
export async function openWords(
  host: InferenceHost,
  spec: EncoderSpec<'TRANSCRIPTION.words' | 'TEXT_IN_VIDEO.words'>,
): Promise<WordsEncoder> {
  const { dimensions = 0, batchSize = 1 } = await host.load(spec);
  return {
    dimensions,
    batchSize,
    encodePassages: (texts, options) =>
      inBatches(texts, batchSize, options, (batch, _, run) =>
        host.call<Float32Array[]>(spec, 'encodePassages', [batch], run),
      ),
    encodeQuery: (text) => host.call<Float32Array>(spec, 'encodeQuery', [text], QUERY),
  };
}

/** What reads the words in pictures, likewise: in one of several hosts, each picture in that which has the least to do. */
export async function openReader(
  hosts: readonly InferenceHost[],
  spec: EncoderSpec<'TEXT_IN_VIDEO.reader'>,
): Promise<TextReader> {
  await Promise.all(hosts.map((host) => host.load(spec)));
  return {
    read: (image, { signal, urgent = false } = {}) =>
      hosts
        .reduce((least, host) => (host.calls < least.calls ? host : least))
        .call<ReadLine[]>(spec, 'read', [image], { signal, urgent }),
  };
}

/** What writes down a window of speech, likewise. */
export async function openSpeech(
  host: InferenceHost,
  spec: EncoderSpec<'TRANSCRIPTION.speech'>,
): Promise<SpeechTranscriber> {
  await host.load(spec);
  return {
    transcribe: (samples, { signal, urgent = false, ...options } = {}) =>
      host.call(spec, 'transcribe', [samples, options], { signal, urgent }),
  };
}

/** Cuts items into batches, has a few of them under way at a time, and ends the others when one fails. */
async function inBatches<T>(
  items: readonly T[],
  size: number,
  { signal, urgent = false, onProgress }: RunOptions = {},
  encode: (
    batch: readonly T[],
    first: number,
    run: { urgent: boolean; signal: AbortSignal },
  ) => Promise<Float32Array[]>,
): Promise<Float32Array[]> {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, n) => n * size);
  let done = 0;
  const batches = await allOrNone(starts, { signal, atOnce: AHEAD }, async (first, ends) => {
    const vectors = await encode(items.slice(first, first + size), first, { urgent, signal: ends });
    done += vectors.length;
    onProgress?.(done / items.length);
    return vectors;
  });
  return batches.flat();
}
