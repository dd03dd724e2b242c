import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inReadingOrder } from '../../../src/models/ocr/reading-order.ts';

const item = (name: string, x: number, y: number, height = 20, angle = 0) => ({
  name,
  box: { x, y, width: 100, height, angle },
});
const names = (items: { name: string }[]) => inReadingOrder(items as ReturnType<typeof item>[]).map(({ name }) => name);

test('rows go from top to bottom, and each from left to right', () => {
  assert.deepEqual(names([item('d', 300, 104), item('b', 300, 48), item('a', 100, 52), item('c', 100, 100)]), [
    'a',
    'b',
    'c',
    'd',
  ]);
});

test('a large line beside two small ones is no row of both', () => {
  assert.deepEqual(names([item('large', 100, 60, 60), item('upper', 300, 40), item('lower', 300, 80)]), [
    'upper',
    'large',
    'lower',
  ]);
});

test('a row may slant', () => {
  assert.deepEqual(
    names([item('right', 500, 135, 20, 0.1), item('left', 100, 95, 20, 0.1), item('next', 100, 125, 20, 0.1)]),
    ['left', 'right', 'next'],
  );
});
