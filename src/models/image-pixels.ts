import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { UndecodableImageError } from './errors.ts';
import type { VisualManifest } from './manifest.ts';

/** Bytes of a picture, or the path of its file. */
export type ImageSource = Uint8Array | string;

const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff'];
/** Far above any photograph; below what would exhaust memory (each pixel takes up to 4 bytes while decoding). */
const MOST_PIXELS = 100_000_000;

const TAKEN = `A whole JPEG, PNG, WebP, GIF, AVIF or TIFF of at most ${MOST_PIXELS / 1e6} million pixels is taken.`;

/**
 * Decodes a picture, turns it upright, brings it to the encoder's size and writes it into `target` as channels, rows,
 * columns, each channel as `(value - mean) / std` with values from 0 to 255. Transparent parts become white.
 * Throws UndecodableImageError when it is not one of the formats that are taken, is damaged, or has too many pixels.
 */
export async function writePixels(
  image: ImageSource,
  { width, height, fit, mean, std }: VisualManifest['images'],
  target: Float32Array,
): Promise<void> {
  const bytes = typeof image === 'string' ? await readFile(image) : image;
  const { data, info } = await decode(bytes, width, height, fit);
  const area = width * height;
  if (info.channels !== 3 || data.length !== area * 3 || target.length !== area * 3) {
    throw new Error(`Expected ${width} x ${height} x 3 values, got ${info.width} x ${info.height} x ${info.channels}.`);
  }
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (std[channel] ?? 1);
    const shift = -(mean[channel] ?? 0) * scale;
    for (let from = channel, to = channel * area; from < data.length; from += 3, to++) {
      target[to] = (data[from] ?? 0) * scale + shift;
    }
  }
}

async function decode(image: Uint8Array, width: number, height: number, fit: 'fill' | 'cover' | 'contain') {
  try {
    const picture = sharp(image, { limitInputPixels: MOST_PIXELS, failOn: 'error', autoOrient: true });
    const { format } = await picture.metadata();
    if (!FORMATS.includes(format)) throw new Error(`Its format is ${format}`);
    return await picture
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .resize(width, height, { fit, kernel: 'cubic', background: 'black' })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndecodableImageError(`${reason}. ${TAKEN}`, 0, { cause });
  }
}
