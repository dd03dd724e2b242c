import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkEmbeddable } from '../../src/domain/check-embeddable.ts';

const video = { size: 1000, duration: 16.0004, width: 160, height: 120, hasAudio: false };
const needs = { maxFileSize: 1000, endOffset: null, soundFor: null };

it('takes what no index would: small, silent, of any length up to the limit', () => {
  assert.equal(checkEmbeddable(video, needs), undefined);
  assert.equal(checkEmbeddable({ ...video, duration: 0.5 }, needs), undefined);
  assert.equal(checkEmbeddable({ ...video, duration: 7200 }, needs), undefined);
  assert.equal(checkEmbeddable(video, { ...needs, endOffset: 16.0004 }), undefined);
  assert.equal(checkEmbeddable({ ...video, hasAudio: true }, { ...needs, soundFor: 'AUDIO' }), undefined);
});

it('says what was found and what is allowed', () => {
  const faults = [
    checkEmbeddable({ ...video, size: 1001 }, needs),
    checkEmbeddable({ ...video, duration: 7200.0001 }, needs),
    checkEmbeddable(video, { ...needs, endOffset: 17.5 }),
    checkEmbeddable(video, { ...needs, soundFor: 'AUDIO' }),
  ].map((failure) => [failure?.code, failure?.actual, failure?.allowed]);
  assert.deepEqual(faults, [
    ['VIDEO_FILESIZE_TOO_LARGE', '1001 bytes', 'at most 1000 bytes'],
    ['VIDEO_DURATION_TOO_LONG', '7200.001 s', 'at most 7200 s'],
    ['VIDEO_DURATION_TOO_SHORT', '16 s', 'at least 17.5 s'],
    ['BROKEN_VIDEO_FILE', 'no audio track', 'an audio track'],
  ]);
  assert.match(checkEmbeddable(video, { ...needs, soundFor: 'AUDIO' })?.message ?? '', /AUDIO/);
});
