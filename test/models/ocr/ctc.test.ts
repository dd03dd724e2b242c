import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAlphabet, readSteps } from '../../../src/models/ocr/ctc.ts';

const alphabet = parseAlphabet('a\nb\n!\n！\n好\n');

/** Steps of a line: the likeliest character, `_` for the blank, and the probability of a space where it is not 0. */
function steps(...line: (string | [character: string, space: number])[]): Float32Array {
  const rows = line.map((step) => {
    const [character = '', space = 0] = typeof step === 'string' ? [step] : step;
    const row = new Float32Array(alphabet.length);
    row[alphabet.length - 1] = space;
    row[character === '_' ? 0 : alphabet.indexOf(character)] = 0.8;
    return row;
  });
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

const read = (...line: Parameters<typeof steps>) => readSteps(steps(...line), alphabet, 0.01).text;

test('an alphabet begins with the blank and ends with the space, whatever the line ends', () => {
  assert.deepEqual(alphabet, ['', 'a', 'b', '!', '！', '好', ' ']);
  assert.deepEqual(parseAlphabet('a\r\nb'), ['', 'a', 'b', ' ']);
});

test('repetitions are one character, unless a blank is between them', () => {
  assert.equal(read('a', 'a', '_', 'a', 'b', 'b'), 'aab');
  assert.equal(read('_', '_'), '');
});

test('the score is the mean of the characters', () => {
  assert.ok(Math.abs(readSteps(steps('_', 'a', '_', 'b'), alphabet, 0.01).score - 0.8) < 1e-6);
  assert.deepEqual(readSteps(steps('_'), alphabet, 0.01), { text: '', score: 0 });
});

test('a space that is read is one, between words only', () => {
  assert.equal(read(' ', 'a', ' ', '_', ' ', 'b', ' '), 'a b');
});

test('a space that the blank hides is found by what is left of it', () => {
  assert.equal(read('a', ['_', 0.02], 'b'), 'a b');
  assert.equal(read('a', ['_', 0.0005], 'b'), 'ab');
  assert.equal(read('a', '_', 'b', '_', 'a', '_', ['_', 0.003], 'b'), 'aba b', 'fainter, in a wide gap');
  assert.equal(read('a', ['_', 0.003], 'b', '_', '_', '_', 'a'), 'aba', 'as faint in a narrow one');
});

test('wide forms of ASCII are wide beside Chinese only', () => {
  assert.equal(read('a', '！'), 'a!');
  assert.equal(read('好', '！'), '好！');
  assert.equal(read('好', '_', ['_', 0.05], '！', '_', ['_', 0.05], '好'), '好！好', 'and hold their own space');
});
