import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAside } from '../../src/domain/parse-aside.ts';
import { parseSubtitles, SubtitleFaultError } from '../../src/domain/parse-subtitles.ts';
import { LARGEST_TRANSCRIPTION } from '../../src/domain/transcripts.ts';

const { signal } = new AbortController();
const clock = (second: number) => `${new Date(second * 1000).toISOString().slice(11, 19)},000`;
const cues = (count: number, text: string) =>
  Array.from({ length: count }, (_, n) => `${n + 1}\n${clock(n)} --> ${clock(n + 1)}\n${text} ${n}\n`).join('\n');

test('a long file says the same in a thread', async () => {
  const content = cues(2000, 'Words <i>that</i> are &amp; spoken');
  assert.deepEqual(await parseAside({ content, duration: 3000 }, signal), parseSubtitles(content, 3000));
});

test('a fault of a long file is told with its line', async () => {
  const content = `${cues(2000, 'Words')}\n2001\n00:40:00,000 -> 00:40:01,000\nWords\n`;
  await assert.rejects(parseAside({ content, duration: 3000 }, signal), (error) => {
    assert.ok(error instanceof SubtitleFaultError);
    assert.match(error.message, /^line 8002: no "-->" between/);
    return true;
  });
});

test('the largest hostile file does not hold up this thread', async () => {
  const head = '1\n00:00:01,000 --> 00:00:02,000\n';
  const content = head + '&'.repeat(LARGEST_TRANSCRIPTION - head.length);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks++;
  }, 1);
  const [line] = await parseAside({ content, duration: 60 }, signal);
  clearInterval(timer);
  assert.equal(line?.text.length, LARGEST_TRANSCRIPTION - head.length);
  assert.ok(ticks > 10, `${ticks} ticks while it was read`);
});

test('more cues than a day has words are refused', async () => {
  const content = cues(50_001, 'a');
  await assert.rejects(parseAside({ content, duration: 86_400 }, signal), /it has 50001 cues; allowed are 50000/);
});

test('an abort ends the reading with its reason', async () => {
  const controller = new AbortController();
  const reading = parseAside({ content: cues(40_000, 'a'), duration: 86_400 }, controller.signal);
  controller.abort(new Error('no longer wanted'));
  await assert.rejects(reading, /no longer wanted/);
});
