import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '../../../src/models/ocr/network.ts';
import { detectText, findBoxes } from '../../../src/models/ocr/text-detector.ts';
import { findRegions, type Heatmap } from '../../../src/models/ocr/text-regions.ts';

/** A map drawn with `#` for 0.9, `+` for 0.4 and anything else for 0. */
function draw(...rows: string[]): Heatmap {
  const width = rows[0]?.length ?? 0;
  const values = Float32Array.from(rows.join(''), (sign) => ({ '#': 0.9, '+': 0.4 })[sign] ?? 0);
  return { values, width, height: rows.length };
}

const rules = { threshold: 0.3, boxThreshold: 0.6, unclipRatio: 0 };

test('pixels that touch are one region, be it by a corner or from two sides', () => {
  assert.equal(findRegions(draw('#..', '.#.', '..#'), 0.3).length, 1);
  assert.equal(findRegions(draw('#.#', '#.#', '###'), 0.3).length, 1);
  assert.equal(findRegions(draw('###', '#.#', '#.#'), 0.3).length, 1);
  assert.equal(findRegions(draw('##.#', '....', '#..#'), 0.3).length, 4);
  assert.equal(findRegions(draw('#.#.#.#', '#.#.#.#', '#######'), 0.3).length, 1);
  assert.equal(findRegions(draw('...', '...'), 0.3).length, 0);
});

test('a region becomes the rectangle around its pixels', () => {
  const [box, ...others] = findBoxes(draw('........', '.######.', '.######.', '.######.', '........'), rules);
  assert.deepEqual(others, []);
  assert.deepEqual(box, { x: 4, y: 2.5, width: 6, height: 3, angle: 0 });
});

test('regions that are faint or narrow are no text', () => {
  assert.deepEqual(findBoxes(draw('++++++', '++++++', '++++++', '++++++'), rules), []);
  assert.deepEqual(findBoxes(draw('######', '######', '......'), rules), []);
  assert.equal(findBoxes(draw('######', '######', '######'), rules).length, 1);
});

const how = { ...rules, longSide: 960, glanceLongSide: 640, mean: [0, 0, 0], std: [1, 1, 1] };

/** A network that finds text wherever a picture is white, and notes the sizes it is given. */
function whiteNetwork(sizes: number[][], onRun = () => {}): Network {
  return {
    async run(values, [, , height = 0, width = 0]) {
      sizes.push([width, height]);
      onRun();
      return {
        data: values.slice(0, width * height).map((value) => (value > 200 ? 1 : 0)),
        dims: [1, 1, height, width],
      };
    },
    close: async () => {},
  };
}

/** A black picture with white rectangles. */
function picture(width: number, height: number, ...white: [x: number, y: number, width: number, height: number][]) {
  const data = new Uint8Array(3 * width * height);
  for (const [left, top, w, h] of white) {
    for (let y = top; y < top + h; y++) data.fill(255, 3 * (y * width + left), 3 * (y * width + left + w));
  }
  return { data, width, height };
}

test('of a large picture the strips that hold text are looked at again, at the size that the network takes', async () => {
  const sizes: number[][] = [];
  const boxes = await detectText(
    whiteNetwork(sizes),
    picture(960, 544, [100, 40, 200, 20], [500, 480, 300, 40], [100, 490, 100, 20]),
    how,
  );
  assert.deepEqual(sizes[0], [640, 352]);
  assert.deepEqual(sizes.slice(1), [
    [960, 96],
    [960, 96],
  ]);
  const found = boxes.map((box) => [box.x, box.y, box.width, box.height].map(Math.round));
  assert.deepEqual(
    found.sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0) || (b[0] ?? 0) - (a[0] ?? 0)),
    [
      [200, 50, 200, 20],
      [650, 500, 300, 40],
      [150, 500, 100, 20],
    ],
  );
});

test('a picture without text is looked at once, and a small one at its own size', async () => {
  const sizes: number[][] = [];
  assert.deepEqual(await detectText(whiteNetwork(sizes), picture(960, 540), how), []);
  assert.deepEqual(await detectText(whiteNetwork(sizes), picture(7, 3), how), []);
  const [box] = await detectText(whiteNetwork(sizes), picture(320, 192, [40, 40, 100, 20]), how);
  assert.deepEqual(
    [box?.x, box?.y, box?.width, box?.height].map((value) => Math.round(value ?? 0)),
    [90, 50, 100, 20],
  );
  assert.deepEqual(sizes, [
    [640, 352],
    [32, 32],
    [320, 192],
  ]);
});

test('boxes of a picture larger than the network takes are in the pixels of the picture', async () => {
  const [box] = await detectText(whiteNetwork([]), picture(1920, 1088, [400, 800, 600, 60]), how);
  for (const [actual, expected] of [
    [box?.x, 700],
    [box?.y, 830],
    [box?.width, 600],
    [box?.height, 60],
  ]) {
    assert.ok(Math.abs((actual ?? 0) - (expected ?? 0)) <= 4, `${actual} is not about ${expected}`);
  }
});

test('an abort ends it before the next look', async () => {
  const controller = new AbortController();
  const sizes: number[][] = [];
  const network = whiteNetwork(sizes, () => controller.abort(new Error('enough')));
  const looking = detectText(network, picture(960, 544, [100, 40, 200, 20]), how, { signal: controller.signal });
  await assert.rejects(looking, /enough/);
  assert.equal(sizes.length, 1);
});
