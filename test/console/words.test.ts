import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeRefusal } from '../../src/console/api/refusals.ts';
import { toWebVtt } from '../../src/console/api/web-vtt.ts';
import { clock, remaining, span, statusWord } from '../../src/console/api/words.ts';

describe('the words of the console', () => {
  it('places in a video', () => {
    assert.deepEqual([0, 9.9, 64, 3599, 3723].map(clock), ['0:00', '0:09', '1:04', '59:59', '1:02:03']);
  });

  it('lengths of time', () => {
    assert.deepEqual([15, 119, 120, 600, 7200, 86_400].map(span), ['15 s', '119 s', '2 min', '10 min', '2 h', '24 h']);
  });

  it('what is left of a task, where that is known and not over', () => {
    const now = Date.parse('2026-01-31T12:00:00Z');
    assert.equal(remaining('2026-01-31T12:00:08.200Z', now), 'about 8 s left');
    assert.equal(remaining('2026-01-31T12:05:00Z', now), 'about 5 min left');
    assert.equal(remaining('2026-01-31T11:59:00Z', now), '');
    assert.equal(remaining(null, now), '');
  });

  it('what a task is doing', () => {
    assert.equal(statusWord('UPLOADING', 'URL'), 'Downloading');
    assert.equal(statusWord('UPLOADING', 'FILE'), 'Uploading');
    assert.equal(statusWord('VALIDATING', 'URL'), 'Checking');
  });

  it('what the server has against something, without places in the request', () => {
    const issues = [{ message: 'Too long.' }, { message: 'Too new.' }];
    assert.equal(describeRefusal({ message: 'input.a: Too long.', issues }), 'Too long. Too new.');
    assert.equal(describeRefusal({ message: 'No such index.' }), 'No such index.');
  });

  it('spoken words as captions, which can neither end early nor be taken for markup', () => {
    const lines = [
      { startOffset: 1, endOffset: 2.5, text: 'a < b & c' },
      { startOffset: 3661.04, endOffset: 3662, text: 'one\n\ntwo' },
    ];
    const expected = [
      'WEBVTT',
      '00:00:01.000 --> 00:00:02.500\na &lt; b &amp; c',
      '01:01:01.040 --> 01:01:02.000\none\ntwo',
    ];
    assert.equal(toWebVtt(lines), expected.join('\n\n'));
  });
});
