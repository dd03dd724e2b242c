import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitTimestamps } from '../../src/models/timestamp-lines.ts';

const ZERO = 1000;
const at = (seconds: number) => ZERO + Math.round(seconds / 0.02);

test('two times are a cut; one at the end says that no more is said in the window', () => {
  const written = [at(0), 1, 2, at(1.5), at(1.5), 3, at(4)];
  assert.deepEqual(splitTimestamps(written, ZERO, 30), {
    lines: [
      { startOffset: 0, endOffset: 1.5, tokens: [1, 2] },
      { startOffset: 1.5, endOffset: 4, tokens: [3] },
    ],
    next: 30,
  });
});

test('a line that is not ended is left to the next window, which starts where the last whole one ended', () => {
  const written = [at(0), 1, at(2), at(2), 2, at(25), at(25.5), 3, 4];
  assert.deepEqual(splitTimestamps(written, ZERO, 30), {
    lines: [
      { startOffset: 0, endOffset: 2, tokens: [1] },
      { startOffset: 2, endOffset: 25, tokens: [2] },
    ],
    next: 25,
  });
});

test('two times at the end start nothing: the next window does', () => {
  const { lines, next } = splitTimestamps([at(0), 1, at(20), at(28), 2, at(29), at(29)], ZERO, 30);
  assert.deepEqual(
    lines.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
    [
      [0, 20],
      [28, 29],
    ],
  );
  assert.equal(next, 29);
});

test('without a cut all is one line: to its last time, or to the end of the window', () => {
  const line = { startOffset: 0, tokens: [1, 2] };
  assert.deepEqual(splitTimestamps([at(0), 1, 2, at(3)], ZERO, 12), { lines: [{ ...line, endOffset: 3 }], next: 12 });
  assert.deepEqual(splitTimestamps([at(0), 1, 2], ZERO, 12), { lines: [{ ...line, endOffset: 12 }], next: 12 });
});

test('times past the end of the window are its end', () => {
  const { lines, next } = splitTimestamps([at(0), 1, at(6), at(6), 2, at(7)], ZERO, 5);
  assert.deepEqual(
    lines.map(({ startOffset, endOffset }) => [startOffset, endOffset]),
    [
      [0, 5],
      [5, 5],
    ],
  );
  assert.equal(next, 5);
});

test('nothing written is a line without tokens', () => {
  assert.deepEqual(splitTimestamps([], ZERO, 5), { lines: [{ startOffset: 0, endOffset: 5, tokens: [] }], next: 5 });
});
