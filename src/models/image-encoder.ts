import type { RunOptions, VisualEncoder } from './encoders.ts';
import { UndecodableImageError } from './errors.ts';
import { type ImageSource, type PixelFormat, writePixels } from './image-pixels.ts';
import { loadNetwork, splitRows } from './network.ts';
import { Tensor } from './onnx-runtime.ts';
import { addTo, normalize } from './vectors.ts';

/** How pictures are brought to vectors of length 1; without text. */
export type ImageEncoder = Pick<VisualEncoder, 'batchSize' | 'encodeImages'> & { close(): Promise<void> };

export interface ImageNetwork extends PixelFormat {
  output: string;
  batchSize: number;
  /** Subtracted from every output before it is brought to length 1. */
  center?: readonly number[] | undefined;
}

/** Bytes of pixels that an encoder keeps for its next batches: of those of 16 small pictures what two videos have under way. */
const MOST_SPARE = 32 * 2 ** 20;

/** Loads a network that takes pictures as [count, 3, height, width]. */
export async function loadImageEncoder(
  path: string,
  images: ImageNetwork,
  dimensions: number,
  threads: number,
): Promise<ImageEncoder> {
  const network = await loadNetwork(path, images.output, threads);
  const { width, height, batchSize } = images;
  const size = 3 * width * height;
  const center = Float32Array.from(images.center ?? [], (value) => -value);

  // Left to V8 they are freed late and out of order, so that malloc's memory grows by one batch after another.
  const spare: Float32Array<ArrayBuffer>[] = [];

  const readBatch = async (batch: readonly ImageSource[], first: number): Promise<Float32Array<ArrayBuffer>> => {
    const pixels = spare.pop() ?? new Float32Array(batch.length * size);
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

  const encodeBatch = async (pixels: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array[]> => {
    const used = pixels.subarray(0, count * size);
    const found = await network.run({ pixel_values: new Tensor('float32', used, [count, 3, height, width]) });
    const isWhole = pixels.length === batchSize * size;
    if (isWhole && (spare.length + 1) * pixels.byteLength <= MOST_SPARE) spare.push(pixels);
    else pixels.buffer.transfer(0);
    return splitRows(found, count, dimensions).map((vector) => {
      addTo(vector, center);
      return normalize(vector);
    });
  };

  return {
    batchSize,
    async encodeImages(given, { signal }: RunOptions = {}) {
      const vectors: Float32Array[] = [];
      if (given.length === 0) return vectors;
      const read = (at: number) => {
        const batch = readBatch(given.slice(at, at + batchSize), at);
        // Nobody waits for it when the run ends before.
        batch.catch(() => {});
        return batch;
      };
      let next = read(0);
      for (let at = 0; at < given.length; at += batchSize) {
        signal?.throwIfAborted();
        const pixels = await next;
        // The next pictures are decoded on other threads while the network, which holds this one, runs.
        next = at + batchSize < given.length ? read(at + batchSize) : next;
        vectors.push(...(await encodeBatch(pixels, Math.min(batchSize, given.length - at))));
      }
      return vectors;
    },
    async close() {
      spare.length = 0;
      await network.close();
    },
  };
}
