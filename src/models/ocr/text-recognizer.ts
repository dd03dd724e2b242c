import type { RunOptions } from '../encoders.ts';
import type { Picture } from '../image-pixels.ts';
import { cropInto } from './crop.ts';
import { type Alphabet, type Reading, readSteps } from './ctc.ts';
import type { Network } from './network.ts';
import type { Normalization } from './normalization.ts';
import { type RotatedBox, turnBox } from './rotated-box.ts';

/** How lines of text are read. */
export interface Recognition extends Normalization {
  /** Of the network's input; its width follows from a line's shape. */
  height: number;
  /** The narrowest and the widest input. */
  leastWidth: number;
  mostWidth: number;
  /** How many lines go through the network at once. */
  batchSize: number;
  /** From this probability of a space on, between two characters, there is one. */
  spaceThreshold: number;
}

/** From this height on, in widths, a box may hold text that runs downwards. */
const UPRIGHT = 1.5;

/** Reads each box. One that stands upright is read three ways, as it is and turned to either side; the surest counts. */
export async function recognizeText(
  network: Network,
  alphabet: Alphabet,
  picture: Picture,
  boxes: readonly RotatedBox[],
  how: Recognition,
  { signal }: RunOptions = {},
): Promise<Reading[]> {
  const ways = boxes.flatMap((box, at) => {
    const all = box.height >= UPRIGHT * box.width ? [box, turnBox(box, 1), turnBox(box, -1)] : [box];
    return all.map((way) => ({ at, box: way, width: widthOf(way) }));
  });
  // Those of a width go together: all of a batch are as wide as its widest.
  ways.sort((one, other) => one.width - other.width);
  const readings: Reading[] = boxes.map(() => ({ text: '', score: 0 }));
  for (let start = 0; start < ways.length; start += how.batchSize) {
    signal?.throwIfAborted();
    const batch = ways.slice(start, start + how.batchSize);
    for (const [place, reading] of (await readBatch(batch)).entries()) {
      const at = batch[place]?.at ?? 0;
      if (reading.score > (readings[at]?.score ?? 0)) readings[at] = reading;
    }
  }
  return readings;

  function widthOf({ width, height }: RotatedBox): number {
    return Math.min(how.mostWidth, Math.max(1, Math.ceil((how.height * width) / height)));
  }

  async function readBatch(batch: readonly { box: RotatedBox; width: number }[]): Promise<Reading[]> {
    const { height } = how;
    const stride = Math.max(how.leastWidth, ...batch.map(({ width }) => width));
    const size = 3 * height * stride;
    // What is left to the right stays 0, which is grey.
    const input = new Float32Array(batch.length * size);
    for (const [at, { box, width }] of batch.entries()) {
      cropInto(input.subarray(at * size, (at + 1) * size), { width, height, stride }, picture, box, how);
    }
    const { data, dims } = await network.run(input, [batch.length, 3, height, stride]);
    const characters = dims[2] ?? 0;
    if (dims[0] !== batch.length || characters !== alphabet.length) {
      throw new Error(`The network gave ${dims} for ${batch.length} lines and ${alphabet.length} characters.`);
    }
    const length = data.length / batch.length;
    return batch.map((_, at) => readSteps(data.subarray(at * length, (at + 1) * length), alphabet, how.spaceThreshold));
  }
}
