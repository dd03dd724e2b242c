import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClassText } from './class-text.ts';
import type { VisualEncoder } from './encoders.ts';
import { UndecodableImageError } from './errors.ts';
import { type ImageSource, writePixels } from './image-pixels.ts';
import type { VisualManifest } from './manifest.ts';
import { InferenceSession, Tensor } from './onnx-runtime.ts';
import { addTo, normalize } from './vectors.ts';
import { parseVocabulary } from './vocabulary.ts';

export type LoadedEncoder = VisualEncoder & { close(): Promise<void> };

/** Loads the session and the words of an installed model. `threads` is how many threads a run may use. */
export async function loadVisualEncoder(
  folder: string,
  manifest: VisualManifest,
  threads: number,
): Promise<LoadedEncoder> {
  const { images, text, dimensions } = manifest;
  const rows = await readFile(join(folder, text.rows));
  const vocabulary = parseVocabulary(await readFile(join(folder, text.vocabulary), 'utf8'));
  const encodeText = createClassText(vocabulary, rows, dimensions);
  const session = await InferenceSession.create(join(folder, images.file), {
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: threads,
    // A spinning thread takes a core from ffmpeg, which runs beside it.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  });
  const { width, height, batchSize } = images;
  const size = 3 * width * height;

  const center = Float32Array.from(images.center ?? [], (value) => -value);

  const readBatch = async (batch: readonly ImageSource[], first: number): Promise<Float32Array> => {
    const pixels = new Float32Array(batch.length * size);
    await Promise.all(
      batch.map(async (image, at) => {
        try {
          await writePixels(image, images, pixels.subarray(at * size, (at + 1) * size));
        } catch (error) {
          throw error instanceof UndecodableImageError ? error.at(first + at) : error;
        }
      }),
    );
    return pixels;
  };

  const encodeBatch = async (pixels: Float32Array): Promise<Float32Array[]> => {
    const count = pixels.length / size;
    const input = new Tensor('float32', pixels, [count, 3, height, width]);
    const output = (await session.run({ [images.input]: input }, [images.output]))[images.output];
    if (!(output?.data instanceof Float32Array) || output.data.length !== count * dimensions) {
      throw new Error(`${images.file} gave ${output?.dims} ${output?.type}, not ${count} vectors of ${dimensions}.`);
    }
    const { data } = output;
    return Array.from({ length: count }, (_, at) => {
      const vector = data.slice(at * dimensions, (at + 1) * dimensions);
      addTo(vector, center);
      return normalize(vector);
    });
  };

  return {
    dimensions,
    batchSize,
    async encodeImages(given, { signal } = {}) {
      const vectors: Float32Array[] = [];
      const read = (at: number) => readBatch(given.slice(at, at + batchSize), at);
      let next = read(0);
      for (let at = 0; at < given.length; at += batchSize) {
        signal?.throwIfAborted();
        const pixels = await next;
        // The next pictures are decoded on other threads while the network, which holds this one, runs.
        next = at + batchSize < given.length ? read(at + batchSize) : next;
        next.catch(() => {});
        vectors.push(...(await encodeBatch(pixels)));
      }
      return vectors;
    },
    encodeText: async (text) => encodeText(text),
    close: () => session.release(),
  };
}
