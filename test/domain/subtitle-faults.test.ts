import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeSubtitles } from '../../src/domain/decode-subtitles.ts';
import { parseSubtitles, SubtitleFaultError } from '../../src/domain/parse-subtitles.ts';

const ONE = '00:00:01,000 --> 00:00:04,000';
const TWO = '00:00:05,000 --> 00:00:08,500';

describe('faults, with their lines', () => {
  const cases: [name: string, content: string, message: RegExp, line: number | null][] = [
    [
      'an end before its start',
      `1\n${ONE}\nHello\n\n2\n00:00:08,500 --> 00:00:05,000\nthere`,
      /^line 6: End timestamp is not greater than start timestamp: "00:00:08,500 -->/,
      6,
    ],
    ['minutes over 59', `1\n00:75:01,000 --> 00:76:04,000\nHello`, /^line 2: .*59 minutes/, 2],
    [
      'seconds over 59, in WebVTT after empty lines',
      'WEBVTT\n\n\n\n00:01.000 --> 00:61.000\nHello',
      /^line 5: .*59 seconds/,
      5,
    ],
    ['the same after an empty beginning', '\n\nWEBVTT\n\n00:01.000 --> 00:61.000\nHello', /^line 5: /, 5],
    [
      'words for times',
      `1\n${ONE}\nHello\n\n2\nfive --> eight\nthere`,
      /^line 6: Timestamp must start with .* 0-9: "five --> eight"/,
      6,
    ],
    ['letters for digits', `1\n00:00:0l,000 --> 00:00:04,000\nHello`, /^line 2: .*two digits: "00:00:0l/, 2],
    ['no end', `1\n00:00:01,000 -->\nHello`, /^line 2: /, 2],
    ['frames for fractions', `1\n00:00:01:12 --> 00:00:04:03\nHello`, /^line 2: /, 2],
    [
      'an arrow that is none',
      `1\n${ONE}\nHello\n\n2\n00:00:05,000 -> 00:00:08,000\nthere`,
      /^line 6: no "-->" between the two times: "00:00:05,000 -> /,
      6,
    ],
    ['an escaped arrow', `1\n00:00:01,000 --&gt; 00:00:04,000\nHello\n\n2\n${TWO}\nthere`, /^line 2: no "-->"/, 2],
    ['lines of Windows', `1\r\n${ONE}\r\nHello\r\n\r\n2\r\n00:00:08,500 --> 00:00:05,000\r\nthere`, /^line 6: /, 6],
    [
      'the words of another video',
      `1\n${ONE}\nHello\n\n2\n00:01:05,000 --> 00:01:06,000\na\n\n3\n00:01:07,000 --> 00:01:08,000\nb`,
      /^line 6: 2 of 3 cues begin after the end of the video \(60 s\), .*"00:01:05,000/,
      6,
    ],
    ['nothing', '', /^the file is empty$/, null],
    ['only empty lines', '\r\n \r\n', /^the file is empty$/, null],
    [
      'another text',
      'Dear Sir or Madam,\nHello',
      /^the file is neither SubRip nor WebVTT: .* begins with "Dear Sir/,
      null,
    ],
    [
      'SubStation Alpha',
      '[Script Info]\nTitle: x\n[Events]\nDialogue: 0,0:00:01.00,0:00:04.00,Default,,0,0,0,,Hello',
      /neither/,
      null,
    ],
    [
      'HTML',
      `<!doctype html><title>Not found</title>${' '.repeat(300)}x`,
      /neither.*"<!doctype html><title>Not found<\/title>.*…"$/,
      null,
    ],
    ['no cue', 'WEBVTT\n\nNOTE nothing here\n', /^there is no cue/, null],
    ['no words', `1\n${ONE}\n<i></i>\n`, /^none of the 1 cues says anything$/, null],
    ['bytes', decodeSubtitles(Uint8Array.from({ length: 4000 }, (_, n) => (n * 7919) % 256)), /neither/, null],
  ];
  for (const [name, content, message, line] of cases)
    it(name, () => {
      assert.throws(
        () => parseSubtitles(content, 60),
        (error) => {
          assert.ok(error instanceof SubtitleFaultError);
          assert.match(error.message, message);
          assert.equal(error.line, line);
          return true;
        },
      );
    });
});
