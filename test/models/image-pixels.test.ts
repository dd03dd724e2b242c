import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { type PixelFormat, writePixels } from '../../src/models/image-pixels.ts';

// One row of greys, as many rows high as asked.
function picture(row: number[], height: number): Promise<Buffer> {
  const pixels = Buffer.from(new Array(height).fill(row.flatMap((grey) => [grey, grey, grey])).flat());
  return sharp(pixels, { raw: { width: row.length, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function prepare(image: Uint8Array, format: Partial<PixelFormat> & { width: number; height: number }) {
  const target = new Float32Array(format.width * format.height * 3);
  await writePixels(image, { fit: 'fill', mean: [0, 0, 0], std: [1, 1, 1], ...format }, target);
  return target;
}

const round = (values: Iterable<number>) => Array.from(values, (value) => Math.round(value * 1e4) / 1e4);

test('CLIP: the middle is cut out, and each channel is brought to the mean and deviation of its processor', async () => {
  const row = [10, 20, 30, 0, 255, 51, 102, 204, 153, 40, 50, 60];
  const image = await sharp(Buffer.from([...row, ...row]), { raw: { width: 4, height: 2, channels: 3 } })
    .png()
    .toBuffer();
  const mean = [0.48145466, 0.4578275, 0.40821073].map((value) => value * 255);
  const std = [0.26862954, 0.26130258, 0.27577711].map((value) => value * 255);
  const given = await prepare(image, { width: 2, height: 2, fit: 'cover', mean, std });
  // (0/255 - 0.48145466) / 0.26862954, (102/255 - 0.48145466) / 0.26862954, and so on.
  const [red, green, blue] = [
    [-1.7923, -0.3032],
    [2.0749, 1.3095],
    [-0.755, 0.6955],
  ];
  assert.deepEqual(round(given), [red, red, green, green, blue, blue].flat());
});

test('SigLIP: the whole picture is squeezed, to values from -1 to 1', async () => {
  const image = await picture([0, 0, 255, 255], 8);
  const half = [127.5, 127.5, 127.5];
  const given = await prepare(image, { width: 4, height: 2, mean: half, std: half });
  assert.deepEqual(round(given).slice(0, 4), [-1, -1, 1, 1]);
});

test('MobileCLIP: values from 0 to 1', async () => {
  const given = await prepare(await picture([0, 51, 255], 1), { width: 3, height: 1, std: [255, 255, 255] });
  assert.deepEqual(round(given).slice(0, 3), [0, 0.2, 1]);
});

test('a picture is halved by the weights of the bilinear and the bicubic filter', async () => {
  const row = [100, 100, 100, 60, 160, 200, 80, 120, 100, 100];
  const image = await picture(row, 1);
  // The third of five stands at 5, between the 160 and the 200: half a step and one and a half steps of two.
  const linear = 0.375 * (160 + 200) + 0.125 * (60 + 80);
  const cubic = 0.43359 * (160 + 200) + 0.11328 * (60 + 80) - 0.03516 * (100 + 120) - 0.01172 * (100 + 100);
  for (const [kernel, expected] of [['linear', linear] as const, ['cubic', cubic] as const]) {
    const given = await prepare(image, { width: 5, height: 1, kernel });
    assert.ok(Math.abs((given[2] ?? 0) - expected) <= 1, `${kernel}: ${given[2]}, not ${expected}`);
  }
});
