import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextReader } from '../encoders.ts';
import { decodeImage, freePixels } from '../image-pixels.ts';
import { parseAlphabet } from './ctc.ts';
import { loadNetwork } from './network.ts';
import { inReadingOrder } from './reading-order.ts';
import { cornersOf, scaleBox } from './rotated-box.ts';
import { detectText } from './text-detector.ts';
import type { TextReaderManifest } from './text-reader-manifest.ts';
import { recognizeText } from './text-recognizer.ts';

/** Pictures are read at no more than this long side: what fills a letter there is small enough for the network. */
const LONG_SIDE = 1920;

/**
 * Loads the networks of a reader from a bundle's folder; `threads` is how many a run may use. Throws when a file is
 * missing or is not what the manifest says. Of more than `mostBoxes` lines in a picture the largest are read.
 */
export async function loadTextReader(
  folder: string,
  { detection, recognition }: TextReaderManifest,
  threads: number,
): Promise<TextReader & { close(): Promise<void> }> {
  const alphabet = parseAlphabet(await readFile(join(folder, recognition.dictionary), 'utf8'));
  const detector = await loadNetwork(join(folder, detection.file), threads);
  const recognizer = await loadNetwork(join(folder, recognition.file), threads).catch(async (error: unknown) => {
    await detector.close();
    throw error;
  });
  return {
    async read(image, options = {}) {
      options.signal?.throwIfAborted();
      const fit = { width: LONG_SIDE, height: LONG_SIDE, fit: 'inside', withoutEnlargement: true } as const;
      const picture = await decodeImage(image, fit);
      const found = await detectText(detector, picture, detection, options);
      const boxes = found
        .sort((one, other) => other.width * other.height - one.width * one.height)
        .slice(0, detection.mostBoxes);
      const readings = await recognizeText(recognizer, alphabet, picture, boxes, recognition, options);
      const { data, whole, width, height } = picture;
      freePixels(data);
      const lines = boxes.flatMap((box, at) => {
        const reading = readings[at];
        if (!reading || reading.text === '' || reading.score < recognition.threshold) return [];
        return [{ ...reading, box: scaleBox(box, whole.width / width, whole.height / height) }];
      });
      return inReadingOrder(lines).map((line) => ({ ...line, box: cornersOf(line.box) }));
    },
    async close() {
      await Promise.all([detector.close(), recognizer.close()]);
    },
  };
}
