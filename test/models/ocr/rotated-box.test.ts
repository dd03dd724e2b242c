import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  convexHull,
  cornersOf,
  type Point,
  type RotatedBox,
  scaleBox,
  smallestBox,
  turnBox,
  unclip,
} from '../../../src/models/ocr/rotated-box.ts';

function near(actual: RotatedBox, expected: RotatedBox): void {
  for (const [name, value] of Object.entries(expected)) {
    const found = actual[name as keyof RotatedBox];
    assert.ok(Math.abs(found - value) < 1e-6, `${name} is ${found}, not ${value}`);
  }
}

function sorted(points: readonly Point[]): Point[] {
  return points.toSorted((a, b) => a[1] - b[1] || a[0] - b[0]);
}

test('the hull has the outer points only', () => {
  const square: Point[] = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
  ];
  const inner: Point[] = [
    [2, 0],
    [1, 1],
    [2, 3],
  ];
  assert.deepEqual(sorted(convexHull(sorted([...square, ...inner]))), sorted(square));
});

test('the smallest box around the corners of a box is that box, at any angle up to an eighth of a turn', () => {
  for (const angle of [0, 0.05, -0.3, 0.7]) {
    const box = { x: 50, y: 40, width: 60, height: 12, angle };
    near(smallestBox(convexHull(sorted(cornersOf(box)))), box);
  }
});

test('a box that stands upright keeps its height', () => {
  const box = { x: 50, y: 40, width: 10, height: 60, angle: 0.1 };
  near(smallestBox(convexHull(sorted(cornersOf(box)))), box);
});

test('corners go clockwise from the top left', () => {
  const box = { x: 5, y: 3, width: 10, height: 6, angle: 0 };
  const corners = [
    [0, 0],
    [10, 0],
    [10, 6],
    [0, 6],
  ];
  assert.deepEqual(cornersOf(box), corners);
  const [first, second] = cornersOf(turnBox({ ...box, width: 6, height: 10, y: 5, x: 3 }, 1));
  assert.deepEqual(
    [first, second].map((corner) => corner?.map((value) => Math.round(value) + 0)),
    [
      [6, 0],
      [6, 10],
    ],
    'read downwards, it begins at the top right',
  );
});

test('a box grows on each side by area * ratio / perimeter', () => {
  const box = { x: 0, y: 0, width: 30, height: 10, angle: 0.2 };
  const distance = (30 * 10 * 1.5) / 80;
  near(unclip(box, 1.5), { ...box, width: 30 + 2 * distance, height: 10 + 2 * distance });
});

test('a box is scaled with its picture', () => {
  near(scaleBox({ x: 1, y: 2, width: 3, height: 4, angle: 0.3 }, 2, 2), {
    x: 2,
    y: 4,
    width: 6,
    height: 8,
    angle: 0.3,
  });
  near(scaleBox({ x: 1, y: 2, width: 3, height: 4, angle: 0 }, 2, 3), { x: 2, y: 6, width: 6, height: 12, angle: 0 });
});
