import { readFile } from 'node:fs/promises';
import sharp, { type ResizeOptions } from 'sharp';
import { UndecodableImageError } from './errors.ts';

// For the whole process: no two pictures share any step of libvips, and to look for one among the last 100 takes a
// fourteenth of the time that a picture of 600 x 336 takes.
sharp.cache(false);

/** Bytes of a picture, or the path of its file. */
export type ImageSource = Uint8Array | string;

/**
 * What a picture may be: by its first bytes, as libvips would also read SVG, PDF and others, which may refer to files; and
 * its pixels, far above any photograph and below what would exhaust memory. Most formats are decoded by parts, in 4 bytes
 * a pixel at most; AVIF takes 18, all at once.
 */
const FORMATS = [
  { name: 'JPEG', format: 'jpeg', mostPixels: 100_000_000, magic: /^\xff\xd8\xff/ },
  { name: 'PNG', format: 'png', mostPixels: 100_000_000, magic: /^\x89PNG\r\n/ },
  { name: 'WebP', format: 'webp', mostPixels: 100_000_000, magic: /^RIFF.{4}WEBP/s },
  { name: 'GIF', format: 'gif', mostPixels: 32_000_000, magic: /^GIF8[79]a/ },
  { name: 'AVIF', format: 'heif', mostPixels: 32_000_000, magic: /^.{4}ftyp(?:.{4})*?avi[fs]/s },
] as const;
const HEAD = 64;
/** Of decoding one, which is stopped then. */
const LONGEST_SECONDS = 30;

const TAKEN =
  'A whole JPEG, PNG or WebP of at most 100 million pixels is taken, or a GIF or AVIF of at most 32 million.';

/**
 * What an encoder takes. `fit` is `fill` where the whole picture is squeezed into the size, `cover` where its shorter
 * side is brought to it and the middle is cut out, `contain` where black is put around it. `mean` and `std` are of
 * values from 0 to 255. `kernel` is how the picture is resized: cubic when not given, as PIL's BICUBIC; linear as its
 * BILINEAR.
 */
export interface PixelFormat {
  width: number;
  height: number;
  fit: 'fill' | 'cover' | 'contain';
  kernel?: 'cubic' | 'linear' | undefined;
  mean: readonly number[];
  std: readonly number[];
}

/**
 * Decodes a picture, turns it upright, brings it to the encoder's size and writes it into `target` as channels, rows,
 * columns, each channel as `(value - mean) / std` with values from 0 to 255. Transparent parts become white.
 * Throws UndecodableImageError when it is not one of the formats that are taken, is damaged, has too many pixels, or takes
 * too long.
 */
export async function writePixels(
  image: ImageSource,
  { width, height, fit, kernel = 'cubic', mean, std }: PixelFormat,
  target: Float32Array,
): Promise<void> {
  const picture = await decodeImage(image, { width, height, fit, kernel, background: 'black' });
  const { data } = picture;
  const area = width * height;
  if (data.length !== area * 3 || target.length !== area * 3) {
    throw new Error(`Expected ${width} x ${height} x 3 values, got ${picture.width} x ${picture.height} x 3.`);
  }
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (std[channel] ?? 1);
    const shift = -(mean[channel] ?? 0) * scale;
    for (let from = channel, to = channel * area; from < data.length; from += 3, to++) {
      target[to] = (data[from] ?? 0) * scale + shift;
    }
  }
  freePixels(data);
}

/**
 * Frees a decoded picture at once, which nobody may read after that: V8 would do it late, and each thread that decodes would
 * keep the memory of dozens.
 */
export function freePixels({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}

/** A decoded picture: red, green and blue of each pixel, by rows. */
export interface Picture {
  data: Uint8Array;
  width: number;
  height: number;
}

/**
 * Decodes a picture, turns it upright and resizes it; `whole` is its upright size before that. Transparent parts become
 * white. Throws as `writePixels` does.
 */
export async function decodeImage(
  image: ImageSource,
  resize: ResizeOptions,
): Promise<Picture & { whole: { width: number; height: number } }> {
  const bytes = typeof image === 'string' ? await readFile(image) : image;
  try {
    const head = Buffer.from(bytes.subarray(0, HEAD)).toString('latin1');
    const known = FORMATS.find(({ magic }) => magic.test(head));
    if (!known) throw new Error('Its first bytes are of no such format');
    const picture = sharp(bytes, { limitInputPixels: known.mostPixels, failOn: 'error', autoOrient: true });
    const { format, autoOrient } = await picture.metadata();
    if (format !== known.format) throw new Error(`It begins as ${known.name}, and is ${format}`);
    const { data, info } = await picture
      .timeout({ seconds: LONGEST_SECONDS })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .resize(resize)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`It has ${info.channels} channels`);
    return { data, width: info.width, height: info.height, whole: autoOrient };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UndecodableImageError(`${reason}. ${TAKEN}`, 0, { cause });
  }
}
