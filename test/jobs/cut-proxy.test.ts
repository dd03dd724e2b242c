import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cutProxy } from '../../src/jobs/cut-proxy.ts';

const pictures = (...times: number[]) => times.map((time) => ({ time, file: `${time}.jpg` }));
const verdict = { checked: true, broken: false, reason: null, decodedFrames: 1, errors: 0, lastTime: 9 };
const proxy = {
  duration: 10,
  frames: pictures(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
  scenes: pictures(0, 2.5, 6),
  sound: null,
  verdict,
};
const cut = (startOffset: number, endOffset: number) => {
  const { frames, scenes } = cutProxy(proxy, { startOffset, endOffset });
  return [frames.map(({ file }) => file), scenes.map(({ time, file }) => `${time} ${file}`)];
};

it('keeps the frames of the part, and the scene that it begins in', () => {
  assert.deepEqual(cut(3, 6), [['3.jpg', '4.jpg', '5.jpg'], ['3 2.5.jpg']]);
  assert.deepEqual(cut(2.5, 6.5), [
    ['3.jpg', '4.jpg', '5.jpg', '6.jpg'],
    ['2.5 2.5.jpg', '6 6.jpg'],
  ]);
});

it('a part between two frames shows the one before it', () => {
  assert.deepEqual(cut(4.2, 4.9), [['4.jpg'], ['4.2 2.5.jpg']]);
});

it('the whole stays as it is', () => {
  const { frames, scenes } = cutProxy(proxy, { startOffset: 0, endOffset: 10 });
  assert.deepEqual([frames, scenes], [proxy.frames, proxy.scenes]);
});
