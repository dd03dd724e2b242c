import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { TaskFailureCode } from '../../src/db/values.ts';
import type { NewIndex } from '../../src/domain/indexes.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { brokenClips, makeClip } from '../helpers/clips.ts';
import { createVideoIndex, goodClip, uploadFile, waitForEnd } from '../helpers/uploads.ts';
import { harmlessClips } from '../media/harmless-clips.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp({ workers: true });
});
after(() => test[Symbol.asyncDispose]());

async function index(file: string, input: Partial<NewIndex> = {}) {
  const { id } = await createVideoIndex(test.app, input);
  const task = await uploadFile(test.app, id, file);
  return waitForEnd(test.app, task.id);
}

describe('a file that the policy refuses ends FAILED with its code, what was found and what is allowed', () => {
  const cases: Record<keyof typeof brokenClips, [TaskFailureCode, RegExp | null, RegExp]> = {
    cutOff: ['BROKEN_VIDEO_FILE', null, /no broken or missing frames/],
    withoutIndex: ['BROKEN_VIDEO_FILE', null, /a readable video file/],
    corruptMiddle: ['BROKEN_VIDEO_FILE', null, /no broken or missing frames/],
    empty: ['BROKEN_VIDEO_FILE', /empty/, /a readable video file/],
    text: ['BROKEN_VIDEO_FILE', null, /a readable video file/],
    playlist: ['BROKEN_VIDEO_FILE', null, /a readable video file/],
    concatScript: ['BROKEN_VIDEO_FILE', null, /a readable video file/],
    audioOnly: ['BROKEN_VIDEO_FILE', /no video/, /a video track/],
    silent: ['BROKEN_VIDEO_FILE', /no audio/, /an audio track/],
    tooShort: ['VIDEO_DURATION_TOO_SHORT', /^3(\.\d+)? s$/, /^15 s to 7200 s$/],
    tooSmall: ['VIDEO_RESOLUTION_TOO_LOW', /^240 \(320x240\)$/, /^at least 360 and under 1080$/],
    tooLarge: ['VIDEO_RESOLUTION_TOO_HIGH', /^1080 \(1920x1080\)$/, /^at least 360 and under 1080$/],
  };
  for (const [name, [code, actual, allowed]] of Object.entries(cases)) {
    it(name, async () => {
      const task = await index(await brokenClips[name as keyof typeof brokenClips]());
      assert.equal(task.status, 'FAILED');
      assert.equal(task.failure?.code, code);
      assert.match(task.failure.actual ?? '', actual ?? /./);
      assert.match(task.failure.allowed ?? '', allowed);
      assert.match(task.failure.message, /^[A-Z].*\.$/);
      assert.equal(task.attempt, 1);
    });
  }

  it('a duration over the limit', async () => {
    const task = await index(await goodClip(), { validation: { minDuration: 1, maxDuration: 20 } });
    assert.equal(task.failure?.code, 'VIDEO_DURATION_TOO_LONG');
    assert.deepEqual([task.metadata?.width, task.metadata?.height], [854, 480]);
    assert.match(task.failure.actual ?? '', /^30(\.\d+)? s$/);
    assert.equal(task.failure.allowed, '1 s to 20 s');
  });

  it('a size over the limit', async () => {
    const task = await index(await goodClip(), { validation: { maxFileSize: 100_000 } });
    assert.equal(task.failure?.code, 'VIDEO_FILESIZE_TOO_LARGE');
    assert.deepEqual(
      [task.failure.actual, task.failure.allowed],
      [`${statSync(await goodClip()).size} bytes`, 'at most 100000 bytes'],
    );
  });
});

describe('an ordinary file becomes READY', () => {
  const lenient = { validation: { minDuration: 1, requireAudio: false } };
  for (const name of [
    'variable frame rate',
    'edit list',
    'missing presentation times',
    'sound in six channels',
    'webm',
  ] as const)
    it(name, async () => assert.equal((await index(await harmlessClips[name](), lenient)).status, 'READY'));

  it('a damaged one where the policy allows it', async () => {
    const validation = { rejectBrokenFrames: false };
    assert.equal((await index(await brokenClips.corruptMiddle(), { validation })).status, 'READY');
  });

  it('a silent one where the policy allows it', async () => {
    const task = await index(await makeClip({ audio: false }), { validation: { requireAudio: false } });
    assert.equal(task.status, 'READY');
  });
});
