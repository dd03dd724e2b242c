import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cropInto } from '../../../src/models/ocr/crop.ts';
import type { RotatedBox } from '../../../src/models/ocr/rotated-box.ts';

// Red counts columns, green rows, blue is 7.
const [width, height] = [6, 4];
const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
  const pixel = Math.floor(at / 3);
  return [10 * (pixel % width), 10 * Math.floor(pixel / width), 7][at % 3] ?? 0;
});

function crop(box: RotatedBox, to: { width: number; height: number; stride?: number }, mean = [0, 0, 0]) {
  const size = { stride: to.width, ...to };
  const target = new Float32Array(3 * size.height * size.stride);
  cropInto(target, size, { data, width, height }, box, { mean, std: [1, 1, 1] });
  const plane = size.height * size.stride;
  const rounded = Array.from(target, (value) => Math.round(value * 100) / 100);
  return { blue: rounded.slice(0, plane), green: rounded.slice(plane, 2 * plane), red: rounded.slice(2 * plane) };
}

test('the pixels of a box come by channels, blue first, and normalised', () => {
  const box = { x: 2, y: 2, width: 2, height: 2, angle: 0 };
  assert.deepEqual(crop(box, { width: 2, height: 2 }), {
    blue: [7, 7, 7, 7],
    green: [10, 10, 20, 20],
    red: [10, 20, 10, 20],
  });
  assert.deepEqual(crop(box, { width: 2, height: 2 }, [7, 10, 20]).blue, [0, 0, 0, 0]);
  assert.deepEqual(
    crop(box, { width: 2, height: 1, stride: 4 }).red,
    [10, 20, 0, 0],
    'what is right of it stays as it was',
  );
});

test('a box that is turned is upright in the crop', () => {
  const box = { x: 2, y: 2, width: 2, height: 2, angle: Math.PI / 2 };
  assert.deepEqual(crop(box, { width: 2, height: 2 }), {
    blue: [7, 7, 7, 7],
    green: [10, 20, 10, 20],
    red: [20, 20, 10, 10],
  });
});

test('shrinking takes the mean, and outside of the picture its edge goes on', () => {
  assert.deepEqual(crop({ x: 3, y: 2, width: 6, height: 4, angle: 0 }, { width: 2, height: 1 }).red, [10, 40]);
  assert.deepEqual(
    crop({ x: 0, y: 0, width: 4, height: 4, angle: 0 }, { width: 4, height: 4 }).red.slice(0, 4),
    [0, 0, 0, 10],
  );
});
