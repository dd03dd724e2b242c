import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'drizzle-orm';
import { toLexemes } from '../../src/domain/full-text.ts';
import { matchWords } from '../../src/domain/match-words.ts';
import { parseTextQuery } from '../../src/domain/text-query.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let opened: TestDatabase;

before(async () => {
  opened = await createTestDatabase();
});
after(() => opened.remove());

/** Whether a text is found by a query; undefined where the query has no words. */
async function finds(text: string, query: string, language: string | null = null): Promise<boolean | undefined> {
  const match = await matchWords(opened.database, parseTextQuery(query), [language]);
  if (!match) return undefined;
  const [row] = await opened.database.orm
    .select({ found: sql<boolean>`${toLexemes(text, language)} @@ ${match.matching}::text::tsquery` })
    .from(sql`(select 1) as one`);
  return row?.found;
}

async function check(text: string, language: string | null, found: readonly string[], missed: readonly string[]) {
  for (const query of found) assert.equal(await finds(text, query, language), true, `${query} finds ${text}`);
  for (const query of missed) assert.equal(await finds(text, query, language), false, `${query} misses ${text}`);
}

test('all words must occur, in any order and case; or, not', async () => {
  const text = 'The quick brown fox jumps over the lazy dog';
  await check(
    text,
    'en',
    ['FOX quick', 'cat or dog', 'cat OR fox quick', 'fox -cat', 'fox -"brown dog"', 'or fox or', '"cat" or "lazy dog"'],
    ['fox cat', 'cat or horse', 'fox -dog', 'fox -"lazy dog"', 'cat fox or dog horse'],
  );
});

test('a phrase is words in these very forms, one after the other', async () => {
  const text = 'Two running dogs, and a cat.';
  await check(
    text,
    'en',
    ['"running dogs"', '"dogs and a cat"', '"RUNNING"'],
    ['"run dog"', '"dogs running"', '"cat two"'],
  );
  // A quote that is not closed ends with the text.
  await check(text, 'en', ['cat "running dogs', 'cat "'], ['cat "dogs running']);
});

test('a prefix stands for every word that begins so', async () => {
  await check(
    'Robotics for beginners: 192.168.0.17',
    'en',
    ['rob*', 'ROBOT* beg*', '192.168*', '192.16*', 'robotics*'],
    ['obot*', 'robx*', 'rob', '"rob*"'],
  );
  assert.equal(await finds('anything', '* '), undefined);
});

test('words are found by their stems, in the language of the text', async () => {
  await check('He runs; she was running', 'en', ['run', 'running', 'runs'], ['runner']);
  await check('Die Häuser am See', 'de-AT', ['Haus', 'Häusern', 'HÄUSER', 'see'], ['Hausboot']);
  await check('Les chevaux répétaient', 'fr', ['répéter', 'chevaux'], ['chien']);
  await check('в больших городах', 'ru', ['большой', 'город', 'городами'], ['деревня']);
  // Not known, or no language at all: by the letters.
  for (const language of [null, 'no language', 'und']) {
    await check('runs', language, ['running'], ['runner']);
    await check('в городах', language, ['город'], []);
  }
  // Other letters than those of the language, and a language without stems.
  await check('Привет runs', 'ru', ['running'], []);
  await check('biegam runs', 'pl', ['biegam', 'runs'], ['running']);
});

test('a query has the stems of every language that it is given', async () => {
  const { matching } = (await matchWords(opened.database, parseTextQuery('Häusern running'), ['de', 'en', null])) ?? {};
  assert.match(matching ?? '', /'haus':B/);
  assert.match(matching ?? '', /'run':B/);
});

test('words that are too common for a stem count where they must', async () => {
  await check('to be or not to be', 'en', ['"to be"', 'to be', '"be or not"'], ['the', 'the who', '"be to"']);
  await check('a dog', 'en', ['the dog', 'dog -the'], ['the', '"the dog"', 'dog -a']);
});

test('accents and the shapes of letters do not matter', async () => {
  await check(
    'Café Müller, Straße, ﬁne ＡＢＣ １２',
    null,
    ['cafe', 'CAFÉ', 'muller', 'müller', 'strasse', 'fine', 'abc 12'],
    [],
  );
  await check('naive resume cooperate', 'en', ['naïve', 'résumés', 'co\u00adoperate'], []);
  await check('Ёжик и мой', 'ru', ['ежик', 'ёжик'], ['мои лес']);
  await check('İstanbul', 'tr', ['istanbul', 'İSTANBUL'], []);
});

test('times, addresses, versions and numbers are found as they are written', async () => {
  const text =
    '12:34:56.789 on 2024-05-06, john.doe@example.com https://www.example.org/a/b?c=1 v1.2.3 IMG_0042.JPG -5°C';
  await check(
    text,
    'en',
    [
      '12:34:56',
      '12:34',
      '12:3*',
      '34:56.789',
      '2024-05-06',
      'john.doe@example.com',
      'example.com',
      'john',
      'example.org/a/b',
      'https://www.example.org/a/b?c=1',
      'v1.2.3',
      'IMG_0042.JPG',
      '0042',
      '"12:34:56.789 on"',
    ],
    ['12:56', '34:12', '2024-06-05', 'john@example.com', 'v1.3'],
  );
});

test('joined words are found apart', async () => {
  await check("l'homme et la well-being don't", 'fr', ["l'hommes", 'homme', 'well', 'being-well', 'don’t'], ['lhomme']);
});

test('Chinese, Japanese, Korean and Thai are found by their words and parts', async () => {
  const chinese = '我们在北京大学学习机器学习。PDF文件 第12页';
  await check(
    chinese,
    'zh',
    [
      '北京',
      '北京大学',
      '机器学习',
      '学习 北京',
      '北京机器学习',
      '习',
      '"大学学习"',
      'PDF文件',
      '"PDF文件"',
      '文件',
      '第12页',
      'pdf',
      '页',
      '"文件 第"',
    ],
    ['上海', '"学习北京"', '京北', '北京上海', '"文件 页"', '书'],
  );
  await check(
    '東京で日本語を勉強しています',
    'ja',
    ['日本語', '東京', '勉強する', '日本語の勉強', 'コーヒー or 東京'],
    ['大阪'],
  );
  await check('학교에서 공부했다', 'ko', ['학교', '공부', '학교에서'], ['병원']);
  await check('สวัสดีครับ ผมชื่อสมชาย', 'th', ['สวัสดี', 'สมชาย'], ['กรุงเทพ']);
  await check('ＩＣカード', null, ['カード', 'ICカード', 'ic'], []);
});

test('odd input has no words, or is an invalid input, and never a fault of the database', async () => {
  for (const query of [
    '',
    ' ',
    '...',
    '!!! ???',
    '"',
    '""',
    '"',
    '-',
    '- -',
    'or',
    'OR or',
    '🎉 👩‍👩‍👧',
    '\0',
    '*',
    '(&|!)',
    "''",
    '\\',
    '<->',
    '":*"',
  ])
    assert.equal(await finds('some text', query), undefined, JSON.stringify(query));
  for (const query of [
    "a'b",
    "'; drop table segments; --x y",
    'a\\b',
    "x:*A'",
    'a & b | !c',
    '<b>x</b>',
    'a\0b',
    '\ud800x',
    'x '.repeat(50),
    'ж'.repeat(5000),
    '文'.repeat(90),
    '"a "b" c',
    '-"a" b',
    'b -a* -c',
    '\u0301a',
    '𝒳 𠮷',
  ])
    assert.equal(typeof (await finds('some text', query)), 'boolean', JSON.stringify(query));
  assert.equal(await finds('some 🎉 text', 'some 🎉 text'), true);
  assert.equal(await finds('\0 a\0b \ud800', 'a b'), true);
  const refused = [
    ['-a', /only says what must not occur/],
    ['a or -b', /only says what must not occur/],
    ['word '.repeat(101), /^101 words given; at most 100 are looked for\.$/],
    ['文'.repeat(10_000), /at most 100/],
  ] as const;
  for (const [query, message] of refused)
    await assert.rejects(finds('a text', query), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.deepEqual(error.issues[0]?.path, ['text']);
      assert.match(error.issues[0]?.message ?? '', message);
      return true;
    });
});

test('the longest texts are kept as far as a tsvector goes', async () => {
  const cyrillic = Array.from({ length: 30_000 }, (_, n) => `ж${n.toString(36).replaceAll(/\d/g, 'я')}é`).join(' ');
  for (const text of [`first ${cyrillic}`, `first ${'x'.repeat(1_000_000)}`, `first ${'文'.repeat(200_000)}`])
    assert.equal(await finds(text, 'first', 'ru'), true);
});

test('what is looked for without the syntax is left for encoders', () => {
  const plain = (text: string) => parseTextQuery(text).plain;
  assert.equal(plain('A red car, (parked).'), 'A red car, (parked).');
  assert.equal(plain('"red car" -blue or truck* -"big bus"'), 'red car truck');
  assert.equal(plain('well-being'), 'well-being');
});
