import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { UndecodableImageError } from '../../src/models/errors.ts';
import { decodeImage } from '../../src/models/image-pixels.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const svg = bytes(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/hostname"/></svg>',
);
const small = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });

/** Writes over what stands `after` bytes behind the first `found`. */
function forge(given: Buffer, found: string, after: number, value: string): Buffer {
  const at = given.indexOf(bytes(found));
  assert.ok(at >= 0);
  bytes(value).copy(given, at + after);
  return given;
}

/** Of 3 bytes a pixel, whose data would be 12 GB. */
async function hugePng(): Promise<Buffer> {
  const picture = await small.clone().png().toBuffer();
  const data = deflateSync(Buffer.alloc(10_000_000));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const end = picture.indexOf('IDAT') - 4;
  const head = forge(picture.subarray(0, end), 'IHDR', 4, '\x00\x00\xff\xff\x00\x00\xff\xff');
  return Buffer.concat([head, length, bytes('IDAT'), data, Buffer.alloc(4)]);
}

const REFUSED: Record<string, () => Promise<Buffer>> = {
  SVG: async () => svg,
  'SVG behind spaces': async () => Buffer.concat([bytes('  \n<?xml version="1.0"?>'), svg]),
  'SVG behind the first bytes of a PNG': async () => Buffer.concat([bytes('\x89PNG\r\n\x1a\n'), svg]),
  'SVG behind the first bytes of a JPEG': async () => Buffer.concat([bytes('\xff\xd8\xff\xe0'), svg]),
  PDF: async () => bytes('%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n'),
  'a script of ImageMagick': async () => bytes("push graphic-context\nimage over 0,0 0,0 '/etc/hostname'\n"),
  TIFF: () => small.clone().tiff().toBuffer(),
  'a PNG of 65535x65535': hugePng,
  'a JPEG of 65535x65535': async () => forge(await small.clone().jpeg().toBuffer(), '\xff\xc0', 5, '\xff\xff\xff\xff'),
  'a GIF of 65535x65535': async () => {
    const picture = forge(await small.clone().gif().toBuffer(), 'GIF89a', 6, '\xff\xff\xff\xff');
    return forge(picture, '\x2c\0\0\0\0\x08\0\x08\0', 5, '\xff\xff\xff\xff');
  },
  'a WebP of 16383x16383': async () =>
    forge(await small.clone().webp().toBuffer(), '\x9d\x01\x2a', 3, '\xff\x3f\xff\x3f'),
  'an AVIF of 36 million pixels': async () =>
    forge(await small.clone().avif().toBuffer(), 'ispe', 8, '\0\0\x17\x70\0\0\x17\x70'),
  'an AVIF that is said to be a HEIC': async () => {
    const picture = await small.clone().avif().toBuffer();
    return forge(Buffer.from(picture.toString('latin1').replaceAll('avif', 'heic'), 'latin1'), 'ftyp', 4, 'heic');
  },
  nothing: async () => Buffer.alloc(0),
  'one byte': async () => bytes('\xff'),
};

for (const [name, make] of Object.entries(REFUSED)) {
  test(`${name} is refused`, async () => {
    await assert.rejects(decodeImage(await make(), { width: 224, height: 224 }), (error) => {
      assert.ok(error instanceof UndecodableImageError);
      assert.match(error.message, /whole JPEG, PNG or WebP of at most 100 million pixels/);
      return true;
    });
  });
}

test('of an animation the first picture is taken, however many there are', async () => {
  const frames = Buffer.alloc(8 * 8 * 3 * 2000, 0x40);
  for (let at = 0; at < frames.length; at += 97) frames[at] = at % 251;
  const raw = { width: 8, height: 8 * 2000, channels: 3, pageHeight: 8 } as const;
  const animation = await sharp(frames, { raw, limitInputPixels: false }).gif().toBuffer();
  const { width, height, whole } = await decodeImage(animation, { width: 4, height: 4 });
  assert.deepEqual([width, height, whole], [4, 4, { width: 8, height: 8 }]);
});

for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif'] as const) {
  test(`a ${format} is taken`, async () => {
    const { width, height } = await decodeImage(await small.clone().toFormat(format).toBuffer(), {
      width: 4,
      height: 4,
    });
    assert.deepEqual([width, height], [4, 4]);
  });
}
