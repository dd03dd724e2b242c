import sharp from 'sharp';
import type { RunOptions } from '../encoders.ts';
import type { Picture } from '../image-pixels.ts';
import type { Network } from './network.ts';
import { type Normalization, normalizeInto } from './normalization.ts';
import { type RotatedBox, scaleBox, smallestBox, unclip } from './rotated-box.ts';
import { findRegions, type Heatmap } from './text-regions.ts';

/** How a map of probabilities becomes boxes. */
export interface BoxRules {
  /** Above this probability a pixel is text. */
  threshold: number;
  /** The least mean probability in a box. */
  boxThreshold: number;
  /** How much boxes grow, see `unclip`. */
  unclipRatio: number;
}

/** How lines of text are looked for. */
export interface Detection extends BoxRules, Normalization {
  /** The long side of a picture for the network, in pixels, where it has more. */
  longSide: number;
  /** The same for a first look, that tells in which strips of the picture there is any text. */
  glanceLongSide: number;
}

interface Strip {
  top: number;
  bottom: number;
}

/** Sides of the network's input are multiples of this: it halves the picture five times. */
const MULTIPLE = 32;
/** Of a box's narrow side, in pixels of the network's input: what is narrower holds no letters. */
const LEAST_SIDE = 3;
/** Of the picture, above and below text, in pixels of the network's input: it judges text by what is around it. */
const MARGIN = 32;

/**
 * The boxes that hold lines of text, in pixels of the picture. It is looked at twice: as a whole and small, which finds
 * text but not its outline, and then only the strips of it that hold text, as large as the network takes it. Most
 * pictures of most videos have no text, or a line at the edge.
 */
export async function detectText(
  network: Network,
  picture: Picture,
  how: Detection,
  { signal }: RunOptions = {},
): Promise<RotatedBox[]> {
  const { width, height } = picture;
  const whole = { top: 0, bottom: height };
  const longest = Math.max(width, height);
  const scale = Math.min(1, how.longSide / longest);
  const glance = Math.min(1, how.glanceLongSide / longest);
  const strips = glance < scale ? stripsOf(await lookAt(whole, glance)) : [whole];
  const boxes: RotatedBox[] = [];
  for (const strip of strips) {
    signal?.throwIfAborted();
    const map = await lookAt(strip, scale);
    const [scaleX, scaleY] = [width / map.width, (strip.bottom - strip.top) / map.height];
    const found = findBoxes(map, how).map((box) => scaleBox(box, scaleX, scaleY));
    boxes.push(...found.map((box) => ({ ...box, y: box.y + strip.top })));
  }
  return boxes;

  async function lookAt({ top, bottom }: Strip, by: number): Promise<Heatmap> {
    const fit = (length: number) => Math.max(MULTIPLE, Math.round((length * by) / MULTIPLE) * MULTIPLE);
    const size = { width: fit(width), height: fit(bottom - top) };
    const pixels = await sharp(picture.data, { raw: { width, height, channels: 3 } })
      .extract({ left: 0, top, width, height: bottom - top })
      .resize({ ...size, fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer();
    const input = new Float32Array(pixels.length);
    normalizeInto(input, pixels, how);
    const { data } = await network.run(input, [1, 3, size.height, size.width]);
    if (data.length * 3 !== pixels.length)
      throw new Error(`A map of ${data.length} values for ${pixels.length} pixels.`);
    return { values: data, ...size };
  }

  // From top to bottom; those that touch are one. Each is as high as the network's input can be without stretching it.
  function stripsOf(map: Heatmap): Strip[] {
    const margin = MARGIN / scale;
    const step = MULTIPLE / scale;
    const found: Strip[] = [];
    const extents = findRegions(map, how.threshold).map((hull) => hull.map(([, y]) => (y * height) / map.height));
    for (const ys of extents.sort((one, other) => Math.min(...one) - Math.min(...other))) {
      const [top, bottom] = [Math.max(0, Math.min(...ys) - margin), Math.min(height, Math.max(...ys) + margin)];
      const last = found.at(-1);
      if (last && top <= last.bottom) last.bottom = Math.max(last.bottom, bottom);
      else found.push({ top, bottom });
    }
    return found.map(({ top, bottom }) => {
      const tall = Math.min(height, Math.ceil((bottom - top) / step) * step);
      const start = Math.floor(Math.min(top, height - tall));
      return { top: start, bottom: Math.min(height, Math.round(start + tall)) };
    });
  }
}

/**
 * The boxes of a map, grown to the whole of their text: the post-processing of DB (Liao et al., "Real-time Scene Text
 * Detection with Differentiable Binarization", AAAI 2020), with the smallest rectangle around each region as PaddleOCR
 * has it.
 */
export function findBoxes(map: Heatmap, { threshold, boxThreshold, unclipRatio }: BoxRules): RotatedBox[] {
  return findRegions(map, threshold)
    .map(smallestBox)
    .filter((box) => Math.min(box.width, box.height) >= LEAST_SIDE && meanWithin(map, box) >= boxThreshold)
    .map((box) => unclip(box, unclipRatio));
}

function meanWithin({ values, width, height }: Heatmap, box: RotatedBox): number {
  const [cos, sin] = [Math.cos(box.angle), Math.sin(box.angle)];
  const reachX = (Math.abs(box.width * cos) + Math.abs(box.height * sin)) / 2;
  const reachY = (Math.abs(box.width * sin) + Math.abs(box.height * cos)) / 2;
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, Math.floor(box.y - reachY)); y < Math.min(height, box.y + reachY); y++) {
    for (let x = Math.max(0, Math.floor(box.x - reachX)); x < Math.min(width, box.x + reachX); x++) {
      const [dx, dy] = [x + 0.5 - box.x, y + 0.5 - box.y];
      if (Math.abs(dx * cos + dy * sin) * 2 > box.width || Math.abs(dy * cos - dx * sin) * 2 > box.height) continue;
      sum += values[y * width + x] ?? 0;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
