import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseImagenetClasses } from '../../src/models/imagenet-classes.ts';
import { createVocabulary, parseVocabulary, type Vocabulary } from '../../src/models/vocabulary.ts';
import { builtinModels, modelsFolder } from '../helpers/models.ts';

describe('a vocabulary', () => {
  const vocabulary = createVocabulary({
    classes: ['cup', 'coffee mug', 'espresso', "jack-o'-lantern", 'bus'],
    words: { cup: [0], 'coffee mug': [1], coffee: [2], espresso: [2], "jack-o'-lantern": [3], bus: [4], in: [4] },
  });
  const phrases = (query: string) => {
    const found = vocabulary.find(query);
    return 'phrases' in found ? found.phrases.map(({ phrase }) => phrase) : found;
  };

  test('takes singular and plural, any case and punctuation', () => {
    assert.deepEqual(phrases('Cups!'), ['cup']);
    assert.deepEqual(phrases('two BUSES'), ['bus']);
    assert.deepEqual(phrases('jack o lanterns'), ["jack-o'-lantern"]);
    assert.deepEqual(phrases('Jack-O’-Lantern'), ["jack-o'-lantern"]);
    assert.deepEqual(phrases('éspresso'), ['espresso']);
  });
  test('takes the longest phrase first, with or without spaces', () => {
    assert.deepEqual(phrases('a coffee mug'), ['coffee mug']);
    assert.deepEqual(phrases('coffeemug'), ['coffee mug']);
    assert.deepEqual(phrases('coffee in a cup'), ['coffee', 'cup']);
  });
  test('passes over words that name nothing, and counts a repeated one once', () => {
    assert.deepEqual(phrases('the last espresso of a long day, espresso'), ['espresso']);
  });
  test('says what it does not know, with near names', () => {
    assert.deepEqual(phrases(' expresso '), { unknown: 'expresso', suggestions: ['espresso'] });
    assert.deepEqual(phrases('in the'), { unknown: 'in the', suggestions: [] });
    assert.deepEqual(phrases(''), { unknown: '', suggestions: [] });
    assert.deepEqual(phrases('mug'), { unknown: 'mug', suggestions: ['coffee mug'] });
  });
});

describe('the vocabulary of ImageNet', () => {
  let vocabulary: Vocabulary;
  let classes: string[];
  before(async () => {
    const models = await builtinModels();
    await models.close();
    const json = await readFile(join(modelsFolder, 'builtin', 'vocabulary.json'), 'utf8');
    vocabulary = parseVocabulary(json);
    classes = JSON.parse(json).classes;
  });
  const named = (query: string): string[] => {
    const found = vocabulary.find(query);
    assert.ok('phrases' in found, `"${query}" names nothing`);
    return found.phrases.flatMap(({ classes: ids }) => ids.map((id) => classes[id] ?? ''));
  };

  test('every class is found by its name', () => {
    assert.equal(classes.length, 1000);
    for (const name of classes) assert.ok(named(name).includes(name), name);
  });
  test('all names of a class name it', () => {
    assert.deepEqual(named('tench'), ['tench']);
    assert.deepEqual(named('Tinca tinca'), ['tench']);
    assert.deepEqual(named('hot dog'), ['hotdog']);
  });
  test('two classes of one name are both meant', () => {
    assert.deepEqual(named('cranes'), ['crane', 'crane']);
  });
  test('everyday words name what WordNet counts among them', () => {
    assert.ok(named('dogs').includes('beagle') && !named('dog').includes('hotdog'));
    assert.equal(named('bird').length, 59);
    assert.ok(named('cat').includes('tabby') && named('cat').length < 10);
    assert.ok(named('car').includes('convertible'));
    assert.ok(named('boat').includes('speedboat'));
    assert.ok(named('fruit').includes('strawberry'));
    assert.ok(named('table').includes('dining table'));
    assert.deepEqual(named('rocket'), ['missile']);
    assert.deepEqual(named('coffee'), ['espresso']);
    assert.deepEqual(named('espresso cup'), ['espresso', 'cup']);
    assert.deepEqual(named('people'), named('person'));
  });
  test('words for nearly everything, and words for nothing here, are unknown', () => {
    for (const query of ['entity', 'thing', 'artifact', 'love', 'Angela'])
      assert.ok('unknown' in vocabulary.find(query), query);
    assert.deepEqual(vocabulary.find('zebrq'), { unknown: 'zebrq', suggestions: ['zebra'] });
  });
});

test('class names are read as data, and a gap is noticed', () => {
  const lines = Array.from({ length: 1000 }, (_, id) => `    ${id}: 'one, ' +\n        "it's ${id}",`);
  assert.deepEqual(parseImagenetClasses(`exports.C = {\n${lines.join('\n')}\n};`)[7], ['one', "it's 7"]);
  assert.throws(
    () => parseImagenetClasses(lines.toSpliced(5, 1).join('\n')),
    /Class 5 is missing, 6 stands in its place/,
  );
  assert.throws(() => parseImagenetClasses('{}'), /found 0/);
});
