import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cutClips, cutSegments } from '../../src/domain/clips.ts';

/** The clips as pairs of seconds. */
const clips = (start: number, end: number, length: number) =>
  cutClips({ startOffset: start, endOffset: end }, length).map(({ startOffset, endOffset }) => [
    startOffset,
    endOffset,
  ]);

it('clips follow one another, and a rest of 2 seconds or more is one of its own', () => {
  assert.deepEqual(clips(0, 16, 6), [
    [0, 6],
    [6, 12],
    [12, 16],
  ]);
  assert.deepEqual(clips(3.5, 9.5, 3), [
    [3.5, 6.5],
    [6.5, 9.5],
  ]);
});

it('a rest under 2 seconds is dropped', () => {
  assert.deepEqual(clips(0, 13.999, 6), [
    [0, 6],
    [6, 12],
  ]);
  assert.deepEqual(clips(0, 14, 6).at(-1), [12, 14]);
});

it('of a part that is shorter than 2 seconds, all there is makes one clip', () => {
  assert.deepEqual(clips(0, 1.5, 6), [[0, 1.5]]);
  assert.deepEqual(clips(10, 10.25, 2), [[10, 10.25]]);
  assert.deepEqual(clips(5, 5.0001, 6), [[5, 5.0001]]);
});

it('decimal fractions neither lose a clip nor add one', () => {
  assert.deepEqual(clips(0.1, 8.1, 6), [
    [0.1, 6.1],
    [6.1, 8.1],
  ]);
  assert.equal(clips(0, 1.1 * 30, 3.3).length, 10);
  assert.deepEqual(clips(0, 30.041667, 10).at(-1), [20, 30]);
});

it('videos are cut as the contract says', () => {
  const plain = { clipLength: 6, overlap: 0 };
  const spans = (duration: number, cut = plain) =>
    cutSegments(duration, cut).map(({ startOffset, endOffset }) => [startOffset, endOffset]);
  assert.deepEqual(spans(18), [
    [0, 6],
    [6, 12],
    [12, 18],
  ]);
  assert.deepEqual(spans(20), [
    [0, 6],
    [6, 12],
    [12, 18],
    [18, 20],
  ]);
  assert.deepEqual(spans(19.9), [
    [0, 6],
    [6, 12],
    [12, 19.9],
  ]);
  assert.deepEqual(spans(1.5), [[0, 1.5]]);
  assert.deepEqual(spans(7.5), [[0, 7.5]]);
  assert.deepEqual(spans(14, { clipLength: 6, overlap: 2 }), [
    [0, 6],
    [4, 10],
    [8, 14],
  ]);
  assert.deepEqual(spans(12 + 1e-9), [
    [0, 6],
    [6, 12 + 1e-9],
  ]);
});

it('clips cover every moment, overlap as they should, and none is too short', () => {
  for (const clipLength of [1, 2, 2.5, 6, 7.3, 10, 600])
    for (const overlap of [0, 0.1, clipLength / 3, clipLength / 2])
      for (const duration of [0.04, 1, 1.999, 2, 5.999, 6, 7.999, 8, 16.8, 59.94, 61.234_567, 3600, 7199.999]) {
        const clips = cutSegments(duration, { clipLength, overlap });
        const told = JSON.stringify({ clipLength, overlap, duration });
        assert.equal(clips[0]?.startOffset, 0, told);
        assert.equal(clips.at(-1)?.endOffset, duration, told);
        for (const [n, { startOffset, endOffset }] of clips.entries()) {
          const former = clips[n - 1];
          const length = endOffset - startOffset;
          const last = n === clips.length - 1;
          assert.ok(n === 0 || length > Math.min(2, clipLength) - 0.002, `${told}: ${length}`);
          assert.ok(length <= clipLength + (last ? 2 : 0.002), `${told}: ${length}`);
          if (!last) assert.ok(Math.abs(length - clipLength) < 0.002, `${told}: ${length}`);
          if (!former) continue;
          assert.ok(startOffset > former.startOffset, told);
          assert.ok(Math.abs(former.endOffset - startOffset - overlap) < 0.002, `${told}: ${startOffset}`);
        }
      }
});
