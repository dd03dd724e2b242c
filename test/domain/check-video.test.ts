import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSize, checkVideo, type VideoFacts } from '../../src/domain/check-video.ts';
import { DEFAULT_POLICY } from '../../src/domain/rules.ts';

const good: VideoFacts = { size: 1000, duration: 20, width: 854, height: 480, hasAudio: true };

/** The failure of a video that is good but for these facts, under the default policy but for these rules. */
function check(facts: Partial<VideoFacts>, rules: Partial<typeof DEFAULT_POLICY> = {}) {
  return checkVideo({ ...good, ...facts }, { ...DEFAULT_POLICY, ...rules });
}

test('videos on the inner side of every border pass', () => {
  for (const facts of [
    {},
    { width: 640, height: 360 },
    { width: 360, height: 640 },
    { width: 1079, height: 1079 },
    { width: 1920, height: 1079 },
    { duration: 15 },
    { duration: 7200 },
    { size: DEFAULT_POLICY.maxFileSize },
  ])
    assert.equal(check(facts), undefined, JSON.stringify(facts));
  assert.equal(check({ hasAudio: false }, { requireAudio: false }), undefined);
});

test('each rule has its code, with what was found and what is allowed', () => {
  const cases: [Partial<VideoFacts>, string, string, string][] = [
    [{ width: 640, height: 359 }, 'VIDEO_RESOLUTION_TOO_LOW', '359 (640x359)', 'at least 360 and under 1080'],
    [{ width: 359, height: 640 }, 'VIDEO_RESOLUTION_TOO_LOW', '359 (359x640)', 'at least 360 and under 1080'],
    [{ width: 1920, height: 1080 }, 'VIDEO_RESOLUTION_TOO_HIGH', '1080 (1920x1080)', 'at least 360 and under 1080'],
    [{ width: 1080, height: 1920 }, 'VIDEO_RESOLUTION_TOO_HIGH', '1080 (1080x1920)', 'at least 360 and under 1080'],
    [{ duration: 14.9996 }, 'VIDEO_DURATION_TOO_SHORT', '14.999 s', '15 s to 7200 s'],
    [{ duration: 0 }, 'VIDEO_DURATION_TOO_SHORT', '0 s', '15 s to 7200 s'],
    [{ duration: 7200.0001 }, 'VIDEO_DURATION_TOO_LONG', '7200.001 s', '15 s to 7200 s'],
    [{ hasAudio: false }, 'BROKEN_VIDEO_FILE', 'no audio track', 'an audio track'],
    [{ size: 2_147_483_649 }, 'VIDEO_FILESIZE_TOO_LARGE', '2147483649 bytes', 'at most 2147483648 bytes'],
  ];
  for (const [facts, code, actual, allowed] of cases) {
    const failure = check(facts);
    assert.deepEqual([failure?.code, failure?.actual, failure?.allowed], [code, actual, allowed]);
    if (code !== 'BROKEN_VIDEO_FILE')
      for (const part of [actual, allowed]) assert.ok(failure?.message.includes(part), failure?.message);
  }
});

test('the messages are sentences', () => {
  const messages = [
    { size: 2 ** 40 },
    { height: 1 },
    { height: 5000, width: 5000 },
    { duration: 1 },
    { hasAudio: false },
  ];
  assert.deepEqual(
    messages.map((facts) => check(facts)?.message),
    [
      'The file is too large: 1099511627776 bytes; allowed are at most 2147483648 bytes.',
      'The resolution is too low: the short side is 1 (854x1); allowed are at least 360 and under 1080.',
      'The resolution is too high: the short side is 5000 (5000x5000); allowed are at least 360 and under 1080.',
      'The video is too short: 1 s; allowed are 15 s to 7200 s.',
      'The file has no audio track, and the index requires one.',
    ],
  );
});

test('the size alone can be checked, before anything else is known', () => {
  assert.equal(checkSize(DEFAULT_POLICY.maxFileSize, DEFAULT_POLICY), undefined);
  assert.equal(checkSize(DEFAULT_POLICY.maxFileSize + 1, DEFAULT_POLICY)?.code, 'VIDEO_FILESIZE_TOO_LARGE');
});
