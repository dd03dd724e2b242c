import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerptOf } from '../../src/domain/excerpt.ts';
import { parseTextQuery } from '../../src/domain/text-query.ts';

const excerpt = (text: string, query: string) => excerptOf(text, parseTextQuery(query));
const filler = (words: number) => 'lorem ipsum dolor '.repeat(words / 3);

test('a short text is whole', () => {
  assert.equal(excerpt('a short text', 'short'), 'a short text');
});

test('of a long text there is the part with most of the words', () => {
  const text = `Houses ${filler(90)}the old houses by the sea ${filler(90)}sea`;
  const part = excerpt(text, 'house sea -lorem');
  assert.match(part, /^…\S.*the old houses by the sea.*\S…$/);
  assert.ok(part.length <= 302, `${part.length}`);
  assert.ok(text.includes(part.slice(1, -1)));
  // Only whole words.
  for (const word of part.slice(1, -1).split(' ')) assert.ok(text.split(' ').includes(word), word);
  assert.match(excerpt(text, 'houses'), /^Houses lorem .*…$/);
  assert.match(excerpt(`${filler(90)}Häuser`, 'hauser'), /^….*Häuser$/);
});

test('a text without spaces is cut anywhere but within a character', () => {
  const text = `${'一二三四五'.repeat(200)}北京大学${'𠮷'.repeat(400)}`;
  const part = excerpt(text, '北京大学');
  assert.match(part, /^…[一二三四五]+北京大学𠮷+…$/u);
  assert.ok(part.isWellFormed() && !part.includes('\ufffd'));
});

test('where no word is told, and without a text query, it is the beginning', () => {
  const text = filler(300);
  assert.match(excerpt(text, 'nothing'), /^lorem .*…$/);
  assert.equal(excerptOf(text, undefined), excerpt(text, 'nothing'));
});
