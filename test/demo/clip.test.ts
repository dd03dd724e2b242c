import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeClip } from '../../src/demo/clip.ts';
import { scenes } from '../../src/demo/scenes.ts';
import { DEFAULT_POLICY } from '../../src/domain/rules.ts';
import { createMedia } from '../../src/media/media.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const searchPaths = [
  ["the system's ffmpeg", process.env.PATH ?? ''],
  ["npm's ffmpeg of 2018", ''],
] as const;
for (const [at, [name, searchPath]] of searchPaths.entries()) {
  test(`${name} makes a clip that an index takes by default, and leaves nothing else`, async () => {
    const media = await createMedia({ searchPath });
    const file = join(folder, `${at}.mp4`);
    await makeClip(media.tools.ffmpeg.path, scenes, file);
    const probe = await media.probe(file);
    const { video, audio, duration } = probe;
    assert.deepEqual([video?.width, video?.height, Math.round(duration)], [1280, 720, 4 * scenes.length]);
    assert.ok(audio && 720 < DEFAULT_POLICY.maxHeight && duration >= DEFAULT_POLICY.minDuration);
    const proxy = await mkdtemp(join(folder, 'proxy-'));
    const { verdict, sound } = await media.decode(file, probe, { folder: proxy, checkFrames: true });
    assert.deepEqual([verdict.broken, verdict.errors, sound !== null], [false, 0, true]);
    assert.deepEqual(
      (await readdir(folder)).filter((entry) => entry.startsWith(`${at}.mp4`)),
      [`${at}.mp4`],
    );
  });
}

test('a signal ends the making', async () => {
  const media = await createMedia({ searchPath: process.env.PATH ?? '' });
  const reason = new Error('enough');
  const making = makeClip(media.tools.ffmpeg.path, scenes, join(folder, 'never.mp4'), {
    signal: AbortSignal.abort(reason),
  });
  await assert.rejects(making, reason);
});
