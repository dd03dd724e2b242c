import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSubtitles } from '../../src/domain/parse-subtitles.ts';

const MINUTE = 60;
const ONE = '00:00:01,000 --> 00:00:04,000';
const TWO = '00:00:05,000 --> 00:00:08,500';

const parse = (content: string, duration = MINUTE) =>
  parseSubtitles(content, duration).map(({ startOffset, endOffset, text }) => [startOffset, endOffset, text]);

/** The usual two cues, with these words. */
const said = (first: string, second: string) => [
  [1, 4, first],
  [5, 8.5, second],
];

describe('files as the world writes them', () => {
  const cases: [name: string, content: string, lines: unknown[]][] = [
    ['SubRip', `1\n${ONE}\nHello\n\n2\n${TWO}\nthere\n`, said('Hello', 'there')],
    ['lines of Windows', `1\r\n${ONE}\r\nHello\r\n\r\n2\r\n${TWO}\r\nthere\r\n`, said('Hello', 'there')],
    ['lines of an old Macintosh', `1\r${ONE}\rHello\r\r2\r${TWO}\rthere\r`, said('Hello', 'there')],
    [
      'a carriage return too many',
      `1\r\r\n${ONE}\r\r\nHello\r\r\n\r\r\n2\r\r\n${TWO}\r\r\nthere`,
      said('Hello', 'there'),
    ],
    ['an empty line after each', `1\n\n${ONE}\n\nHello\n\n2\n\n${TWO}\n\nthere\n\n`, said('Hello', 'there')],
    ['no empty lines between cues', `1\n${ONE}\nHello\n2\n${TWO}\nthere`, said('Hello', 'there')],
    ['no numbers', `${ONE}\nHello\n\n${TWO}\nthere`, said('Hello', 'there')],
    ['neither numbers nor empty lines', `${ONE}\nHello\n${TWO}\nthere`, said('Hello', 'there')],
    ['an empty line inside a cue', `1\n${ONE}\nHello\n\nand\n\n2\n${TWO}\nthere`, said('Hello and', 'there')],
    ['words that are a number', `1\n${ONE}\n42\n\n2\n${TWO}\n1984\n`, said('42', '1984')],
    ['several lines in a cue', `1\n${ONE}\n- Hello?\n- Hi!\n\n2\n${TWO}\nthere`, said('- Hello? - Hi!', 'there')],
    ['spaces around', `\n\n 1 \n  ${ONE}  \n  Hello \t \n \t \n2 \n${TWO} \n there`, said('Hello', 'there')],
    ['wrong numbers', `7\n${ONE}\nHello\n\n7\n${TWO}\nthere`, said('Hello', 'there')],
    ['a title before', `My film\nSubtitles by me\n\n1\n${ONE}\nHello\n\n2\n${TWO}\nthere`, said('Hello', 'there')],
    ['dots for commas', `1\n${ONE.replaceAll(',', '.')}\nHello\n\n2\n${TWO}\nthere`, said('Hello', 'there')],
    [
      'hours without end',
      `1\n${ONE}\nHello\n\n2\n00:00:05,000 --> ${'9'.repeat(400)}:00:00,000\nthere`,
      [...said('Hello', 'there').slice(0, 1), [5, Number.MAX_SAFE_INTEGER, 'there']],
    ],
    ['short times', `1\n0:0:1,0-->0:0:4\nHello\n\n2\n0:05 --> 0:08.5\nthere`, said('Hello', 'there')],
    ['more than milliseconds', `1\n00:00:01.0009 --> 00:00:04.000123\nHello`, [[1, 4, 'Hello']]],
    ['coordinates', `1\n${ONE} X1:40 X2:600 Y1:20 Y2:50\nHello\n\n2\n${TWO}\nthere`, said('Hello', 'there')],
    [
      'markup',
      `1\n${ONE}\n{\\an8}<i>Hel</i>lo <font color="#ff0000">you</font>\n\n2\n${TWO}\n<b><u>the</u></b><br/>re\\N!`,
      said('Hello you', 'the re !'),
    ],
    [
      'what only looks like markup',
      `1\n${ONE}\nI <3 you & 1 < 2 {no}\n\n2\n${TWO}\n<sigh> a<b`,
      said('I <3 you & 1 < 2 {no}', '<sigh> a<b'),
    ],
    [
      'character references',
      `1\n${ONE}\nTom &amp; J&eacute;r&#244;me\n\n2\n${TWO}\n&lt;3&nbsp;&#x1F600;`,
      said('Tom & Jérôme', '<3 😀'),
    ],
    [
      'cues that overlap',
      `1\n${ONE}\nHello\n\n2\n00:00:02,000 --> 00:00:03,000\nthere`,
      [
        [1, 4, 'Hello'],
        [2, 3, 'there'],
      ],
    ],
    ['cues out of order', `1\n${TWO}\nthere\n\n2\n${ONE}\nHello`, said('Hello', 'there')],
    [
      'cues without words',
      `1\n${ONE}\n\n\n2\n${TWO}\nthere\n\n3\n00:00:09,000 --> 00:00:10,000\n<i> </i>`,
      [[5, 8.5, 'there']],
    ],
    [
      'a cue without length',
      `1\n00:00:01,000 --> 00:00:01,000\nHello\n\n2\n${TWO}\nthere`,
      [
        [1, 1, 'Hello'],
        [5, 8.5, 'there'],
      ],
    ],
    ['a cue that outlasts the video', '1\n00:00:50,000 --> 00:02:00,000\nHello', [[50, 120, 'Hello']]],
    [
      'a name after the end',
      `1\n${ONE}\nHello\n\n2\n99:59:58,000 --> 99:59:59,000\nSubtitles by me`,
      [[1, 4, 'Hello']],
    ],
    ['nothing below the last times', `1\n${ONE}\nHello\n\n2\n${TWO}`, [[1, 4, 'Hello']]],
    [
      'WebVTT',
      'WEBVTT\n\n00:01.000 --> 00:04.000\nHello\n\nsecond\n00:00:05.000 --> 00:00:08.500\nthere',
      said('Hello', 'there'),
    ],
    [
      'WebVTT with all that it may have',
      [
        ...['\uFEFFWEBVTT - A film', 'Kind: captions', 'Language: en', '', 'STYLE', '::cue { color: red }', ''],
        ...['REGION', 'id:fred', 'width:40%', '', 'NOTE', 'not said: 00:01.000 --> 00:02.000', ''],
        ...['1 - intro', '00:01.000 --> 00:04.000 align:start position:0% line:-1 region:fred'],
        ...['<v.loud Mary>Hel<00:02.000><c.yellow.bg_blue>lo</c></v>', '', 'NOTE one line', ''],
        ...['00:05.000 --> 00:08.500', '<lang en-GB><ruby>the<rt></rt></ruby></lang>re &lrm;'],
      ].join('\r\n'),
      said('Hello', 'there \u200e'),
    ],
    ['WebVTT with commas, nothing below its head', `WEBVTT\n${ONE}\nHello\n${TWO}\nthere`, said('Hello', 'there')],
    [
      'WebVTT of a stream',
      'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:01.000 --> 00:04.000\nHello',
      [[1, 4, 'Hello']],
    ],
    ['WebVTT after empty lines', '\n\nWEBVTT\n\n00:01.000 --> 00:04.000\nHello', [[1, 4, 'Hello']]],
  ];
  for (const [name, content, lines] of cases) it(name, () => assert.deepEqual(parse(content), lines));

  it('hours without an end', () => {
    const content = '1\n100:00:01,500 --> 123:00:04,000\nstill here';
    assert.deepEqual(parse(content, 500_000), [[360_001.5, 442_804, 'still here']]);
  });

  it('does not fall over what is nested, long or crafted', () => {
    const nested = '<i>'.repeat(200_000);
    assert.deepEqual(parse(`1\n${ONE}\n${nested}Hello`), [[1, 4, 'Hello']]);
    const many = Array.from({ length: 50_000 }, (_, n) => `${n}\n${ONE}\n&zzz;<i {\\an {\\ <c.\n`).join('\n');
    assert.equal(parse(many).length, 50_000);
  });
});
