import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeSubtitles } from '../../src/domain/decode-subtitles.ts';

/** The bytes of a text in an encoding of one byte a letter, which Node decodes but does not encode. */
function encode(text: string, encoding: string): Buffer {
  const decoder = new TextDecoder(encoding);
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
  return Buffer.from(Array.from(text, (letter) => bytes.get(letter) ?? assert.fail(`${letter} in ${encoding}`)));
}

const file = (...texts: string[]) =>
  texts.map((text, n) => `${n + 1}\r\n00:00:0${n},000 --> 00:00:0${n + 1},000\r\n${text}\r\n`).join('\r\n');

const MIXED = file('Grüße, naïve café', 'Привет', '你好', '😀');

it('UTF-8 and UTF-16, with a mark of their byte order and without', () => {
  const utf16 = Buffer.from(MIXED, 'utf16le');
  assert.equal(decodeSubtitles(Buffer.from(MIXED)), MIXED);
  assert.equal(decodeSubtitles(Buffer.from(`\uFEFF${MIXED}`)), MIXED);
  assert.equal(decodeSubtitles(utf16), MIXED);
  assert.equal(decodeSubtitles(Buffer.from(`\uFEFF${MIXED}`, 'utf16le')), MIXED);
  assert.equal(decodeSubtitles(Buffer.from(utf16).swap16()), MIXED);
  assert.equal(decodeSubtitles(Buffer.from(`\uFEFF${MIXED}`, 'utf16le').swap16()), MIXED);
});

it('Latin-1 and Windows-1252, however few the accents are', () => {
  for (const text of [
    'Grüße',
    'é',
    'où',
    'año',
    'Ça va',
    'naïve',
    'Señor Núñez',
    'l\u2019\u00e9t\u00e9 \u2013 5 \u20ac',
    'å ä ö',
  ])
    assert.equal(decodeSubtitles(encode(file(text), 'windows-1252')), file(text));
});

it('what other parts of the world wrote before UTF-8', () => {
  const cases = [
    ['windows-1251', 'Привет, как дела? Что ты делаешь сегодня вечером?'],
    ['koi8-r', 'Привет, как дела? Что ты делаешь сегодня вечером?'],
    ['windows-1250', 'Zażółć gęślą jaźń, cześć! Czy możesz mi powiedzieć, która jest godzina?'],
    ['iso-8859-7', 'Γειά σου Κόσμε, τι κάνεις σήμερα το βράδυ;'],
    ['windows-1255', 'שלום עולם, מה שלומך היום בערב'],
  ] as const;
  for (const [encoding, text] of cases)
    assert.equal(decodeSubtitles(encode(file(text, text), encoding)), file(text, text), encoding);
  // "你好，世界。我们去哪里？" and "こんにちは、世界。どこへ行きますか"
  const gb = Buffer.from('c4e3bac3a3accac0bde7a1a3ced2c3c7c8a5c4c4c0efa3bf', 'hex');
  const shiftJis = Buffer.from('82b182f182c982bf82cd814190a28a45814282c782b182d68d7382ab82dc82b782a9', 'hex');
  assert.equal(decodeSubtitles(Buffer.concat([Buffer.from(file('')), gb])), `${file('')}你好，世界。我们去哪里？`);
  assert.equal(
    decodeSubtitles(Buffer.concat([Buffer.from(file('')), shiftJis])),
    `${file('')}こんにちは、世界。どこへ行きますか`,
  );
});

it('anything else is some text, and one that Postgres stores', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(100),
    Buffer.from([0xff, 0xfe, 0xd8]),
    Buffer.from([0x80, 0xff, 0]),
  ])
    assert.doesNotMatch(decodeSubtitles(bytes), /\0/);
  const noise = Uint8Array.from({ length: 50_000 }, (_, n) => (n * 7919 + ((n * n) % 31)) % 256);
  assert.equal(typeof decodeSubtitles(noise), 'string');
});
