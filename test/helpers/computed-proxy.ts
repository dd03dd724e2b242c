import { rm } from 'node:fs/promises';
import sharp from 'sharp';
import type { App } from '../../src/app.ts';
import { MODALITIES, type TranscriptLine } from '../../src/db/values.ts';
import { cutSegments } from '../../src/domain/clips.ts';
import { embedProxy } from '../../src/jobs/embed-proxy.ts';
import type { EmbeddedProxy, ProxyEmbedding } from '../../src/jobs/proxy-embedding.ts';
import type { MediaProxy } from '../../src/media/media.ts';
import type { Models, RunOptions, SoundSource } from '../../src/models/models.ts';
import { createTestApp } from './app.ts';
import { convertClip } from './clips.ts';

/*
 * A real proxy, and in place of the networks small computations on what they are given: the colour of a scene is its
 * text, the pitch of a sound its vector and what it says, the letters of words their vector.
 */

/** A proxy of 24 seconds: 12 are red with a tone of 400 Hz, then 12 are blue with one of 1600 Hz. */
export interface ComputedProxy extends AsyncDisposable {
  proxy: MediaProxy;
  /** Embeds it in clips of 6 seconds, unless told otherwise. */
  embed(options?: Partial<ProxyEmbedding>, models?: Partial<Models>): Promise<EmbeddedProxy>;
}

export async function createComputedProxy(): Promise<ComputedProxy> {
  const test = await createTestApp();
  const color = (name: string) => ['-f', 'lavfi', '-t', '12', '-i', `color=${name}:size=640x360:rate=10`];
  const pitch = (hertz: number) => ['-f', 'lavfi', '-t', '12', '-i', `sine=frequency=${hertz}:sample_rate=48000`];
  const clip = await convertClip(
    'colors-and-tones.mp4',
    [...color('red'), ...color('blue'), ...pitch(400), ...pitch(1600)],
    [
      ...['-filter_complex', '[0:v][1:v]concat=n=2,format=yuv420p[v];[2:a][3:a]concat=n=2:v=0:a=1[a]'],
      ...['-map', '[v]', '-map', '[a]', '-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac'],
    ],
  );
  const { path: folder } = await test.app.storage.createWorkFolder();
  const probe = await test.app.media.probe(clip);
  const proxy = await test.app.media.decode(clip, probe, { folder, checkFrames: true });
  return {
    proxy,
    embed(options = {}, models = {}) {
      const app: App = { ...test.app, models: { ...test.app.models, ...computed, ...models } };
      return embedProxy(app, {
        folder,
        proxy,
        model: 'computed',
        modalities: MODALITIES,
        scopes: ['CLIP', 'VIDEO'],
        spans: cutSegments(24, { clipLength: 6, overlap: 0 }),
        whole: { startOffset: 0, endOffset: 24 },
        lines: null,
        language: null,
        signal: new AbortController().signal,
        report: () => {},
        ...options,
      });
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      await test[Symbol.asyncDispose]();
    },
  };
}

/** The pitch of a sound in Hz, by how often it crosses zero upwards. */
function pitchOf(sound: Float32Array, sampleRate: number): number {
  const crossings = sound.filter((sample, n) => sample >= 0 && (sound[n - 1] ?? 0) < 0).length;
  return (crossings / sound.length) * sampleRate;
}

/** The vector of a pitch. */
export const vectorOf = (hertz: number) => Float32Array.of(Math.cos(hertz / 1500), Math.sin(hertz / 1500));

/** The vector of words. */
export function lettersOf(text: string): Float32Array {
  const counts = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => text.split(letter).length - 1);
  const length = Math.hypot(...counts);
  return Float32Array.from(counts, (count) => count / length);
}

async function listen(sound: SoundSource, said: (fraction: number) => void): Promise<TranscriptLine[]> {
  const lines: TranscriptLine[] = [];
  for (let start = 0; start < sound.duration; start += 4) {
    const end = Math.min(start + 4, sound.duration);
    const word = pitchOf(await sound.read(start, end), 16_000) > 1000 ? 'high' : 'low';
    lines.push({ startOffset: start, endOffset: end, text: ` ${word} ${lines.length}` });
    said(end / sound.duration);
  }
  return lines;
}

/** As encoders go through what they are given. */
function inTurn<Item>(
  items: readonly Item[],
  { signal, onProgress }: RunOptions = {},
  encode: (item: Item) => Float32Array,
): Float32Array[] {
  return items.map((item, at) => {
    signal?.throwIfAborted();
    onProgress?.((at + 1) / items.length);
    return encode(item);
  });
}

/** Every encoder. */
const computed: Partial<Models> = {
  visual: async () => ({
    dimensions: 2,
    batchSize: 8,
    encodeImages: async (images, options) => inTurn(images, options, () => Float32Array.of(1, 0)),
    encodeText: async () => ({ vector: Float32Array.of(1, 0) }),
  }),
  textReader: async () => ({
    async read(image) {
      const { channels } = await sharp(image as string).stats();
      const text = (channels[0]?.mean ?? 0) > 100 ? 'a red sign' : 'a blue sign';
      return [text, ' EXIT ', ''].map((found) => ({ text: found, score: 1, box: [] }));
    },
  }),
  speech: async () => ({
    recognize: async (sound, { onProgress = () => {}, language } = {}) => ({
      lines: await listen(sound, onProgress),
      language: language ?? 'en',
    }),
  }),
  words: async () => ({
    dimensions: 26,
    batchSize: 2,
    encodePassages: async (texts, options) => inTurn(texts, options, lettersOf),
    encodeQuery: async (text) => lettersOf(text),
  }),
  audio: async () => ({
    dimensions: 2,
    batchSize: 3,
    sampleRate: 48_000,
    encodeSounds: async (sounds) => sounds.map((sound) => vectorOf(pitchOf(sound, 48_000))),
    encodeText: async () => vectorOf(0),
  }),
};
