import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cutClips } from '../../src/domain/clips.ts';

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
