import { z } from 'zod';

const fileName = z.string().regex(/^[\w][\w.-]*$/, 'a plain file name');
const channels = z.tuple([z.number(), z.number(), z.number()]);
const scale = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);
const pixels = z.int().positive();
const probability = z.number().min(0).max(1);

/** How a bundle reads text in pictures: a DB detector and a CTC recogniser, each a network of one input and one output. */
export const textReaderManifest = z.strictObject({
  detection: z.strictObject({
    file: fileName,
    /** The long side of a picture for the network, and for its first look. */
    longSide: pixels,
    glanceLongSide: pixels,
    /** Of blue, green and red from 0 to 255. */
    mean: channels,
    std: scale,
    threshold: probability,
    boxThreshold: probability,
    unclipRatio: z.number().nonnegative(),
    /** How many boxes of a picture are read; the largest. */
    mostBoxes: z.int().positive(),
  }),
  recognition: z.strictObject({
    file: fileName,
    /** A character a line. */
    dictionary: fileName,
    height: pixels,
    leastWidth: pixels,
    mostWidth: pixels,
    mean: channels,
    std: scale,
    batchSize: z.int().positive(),
    spaceThreshold: probability,
    /** Lines read less surely are left out. */
    threshold: probability,
  }),
});

export type TextReaderManifest = z.infer<typeof textReaderManifest>;

/** The names of the files that a reader is loaded from. */
export function textReaderFiles({ detection, recognition }: TextReaderManifest): string[] {
  return [detection.file, recognition.file, recognition.dictionary];
}
