import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AudioEncoder } from './encoders.ts';
import type { AudioTextManifest } from './hub-parts.ts';
import { loadNetwork, splitRows } from './network.ts';
import { Tensor } from './onnx-runtime.ts';
import { loadTextNetwork } from './text-network.ts';
import { importTransformers } from './transformers.ts';
import { addTo, normalize } from './vectors.ts';

const featuresConfig = z.looseObject({
  sampling_rate: z.int().positive(),
  nb_max_samples: z.int().positive(),
  padding: z.literal('repeatpad'),
  truncation: z.literal('rand_trunc'),
});

/**
 * Loads the two networks of an installed bundle. `threads` is how many threads a run may use. A sound that is longer
 * than what the network takes (10 s) is cut into equal parts, and the mean of their vectors is its vector.
 */
export async function loadAudioTextEncoder(
  folder: string,
  { dimensions, sounds, text }: AudioTextManifest,
  threads: number,
): Promise<AudioEncoder & { close(): Promise<void> }> {
  const config = featuresConfig.parse(JSON.parse(await readFile(join(folder, sounds.features), 'utf8')));
  const { ClapFeatureExtractor } = await importTransformers();
  const extract = new ClapFeatureExtractor(config);
  const longest = config.nb_max_samples;
  const network = await loadNetwork(join(folder, sounds.file), sounds.output, threads);
  const texts = await loadTextNetwork(folder, text, dimensions, threads).catch(async (error) => {
    await network.close();
    throw error;
  });

  const encodeParts = async (parts: readonly Float32Array[]): Promise<Float32Array[]> => {
    const features: Features[] = [];
    for (const part of parts) features.push((await extract(repeatWhole(part, longest))).input_features);
    const [, ...shape] = features[0]?.dims ?? [];
    const size = features[0]?.data.length ?? 0;
    const values = new Float32Array(parts.length * size);
    for (const [at, { data }] of features.entries()) values.set(data, at * size);
    const found = await network.run({ input_features: new Tensor('float32', values, [parts.length, ...shape]) });
    return splitRows(found, parts.length, dimensions).map(normalize);
  };

  return {
    dimensions,
    batchSize: sounds.batchSize,
    sampleRate: config.sampling_rate,
    async encodeSounds(given, { signal } = {}) {
      const parts = given.flatMap((sound, owner) => splitSound(sound, longest).map((part) => ({ owner, part })));
      const sums = given.map(() => new Float32Array(dimensions));
      for (let at = 0; at < parts.length; at += sounds.batchSize) {
        signal?.throwIfAborted();
        const batch = parts.slice(at, at + sounds.batchSize);
        const vectors = await encodeParts(batch.map(({ part }) => part));
        for (const [place, vector] of vectors.entries()) {
          const sum = sums[batch[place]?.owner ?? -1];
          if (sum) addTo(sum, vector);
        }
      }
      return sums.map(normalize);
    },
    async encodeText(description) {
      const [vector] = await texts.encode([description]);
      if (!vector) throw new Error('The network gave no vector.');
      return vector;
    },
    async close() {
      await network.close();
      await texts.close();
    },
  };
}

type Features = { data: Float32Array; dims: number[] };

/** Cuts a sound into equal parts of at most `longest` samples. A sound of no samples is one part of silence. */
export function splitSound(sound: Float32Array, longest: number): Float32Array[] {
  if (sound.length === 0) return [new Float32Array(1)];
  const count = Math.ceil(sound.length / longest);
  return Array.from({ length: count }, (_, at) =>
    sound.subarray(Math.round((at * sound.length) / count), Math.round(((at + 1) * sound.length) / count)),
  );
}

/**
 * Repeats a sound as often as the whole of it fits into `longest` samples: `repeatpad` of the CLAP processor, which then
 * puts silence behind it. transformers.js does so too, but leaves out the last time where it would fit exactly, so that
 * half of a window of 10 s is silent for a sound of 5 s.
 */
export function repeatWhole(sound: Float32Array, longest: number): Float32Array {
  const times = Math.max(1, Math.floor(longest / sound.length));
  const repeated = new Float32Array(times * sound.length);
  for (let at = 0; at < times; at++) repeated.set(sound, at * sound.length);
  return repeated;
}
