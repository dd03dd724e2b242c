import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { flacSeconds } from '../../src/media/flac.ts';
import { createMedia, type DecodeOptions, type Media, readProxy, UnreadableMediaError } from '../../src/media/media.ts';
import { brokenClips, editClip, makeClip } from '../helpers/clips.ts';
import { harmlessClips } from './harmless-clips.ts';

// The builds from npm always, and the system's where it has them.
const builds = new Map<string, Media>();
for (const media of [await createMedia({ searchPath: '' }), await createMedia()]) {
  builds.set(media.tools.ffmpeg.origin, media);
}
const temporary = await mkdtemp(join(tmpdir(), 'media-'));
after(() => rm(temporary, { recursive: true, force: true }));

async function decode(media: Media, file: string, options: Partial<DecodeOptions> = {}) {
  const folder = await mkdtemp(join(temporary, 'proxy-'));
  const probe = await media.probe(file);
  const proxy = await media.decode(file, probe, { folder, checkFrames: true, ...options });
  return { folder, probe, proxy };
}

for (const [origin, media] of builds) {
  test(`${origin}: a clip becomes frames a second apart, scene frames and sound`, async () => {
    const file = await makeClip({ seconds: 16, scenes: 4, width: 1280, height: 720, audio: '5.1' });
    const { folder, probe, proxy } = await decode(media, file);
    assert.equal(probe.format, 'mov');
    assert.deepEqual(probe.video, { stream: 0, codec: 'h264', width: 1280, height: 720, fps: 24, frames: 384 });
    assert.deepEqual(probe.audio, { stream: 1, codec: 'aac', channels: 6, sampleRate: 48_000 });
    assert.ok(Math.abs(probe.duration - 16) < 0.1);
    assert.deepEqual(
      proxy.frames.map((frame) => frame.time),
      Array.from({ length: 16 }, (_, second) => second),
    );
    for (const start of [0, 4, 8, 12]) assert.ok(proxy.scenes.some((scene) => scene.time === start));
    const sizes = await Promise.all(
      [proxy.frames[0], proxy.scenes[0]].map((frame) => sharp(join(folder, frame?.file ?? '')).metadata()),
    );
    assert.deepEqual(
      sizes.map(({ format, width, height }) => [format, width, height]),
      [
        ['jpeg', 598, 336],
        ['jpeg', 960, 540],
      ],
    );
    assert.equal(proxy.sound, 'sound.flac');
    assert.ok(Math.abs((await flacSeconds(join(folder, 'sound.flac'))) - 16) < 0.1);
    assert.deepEqual(await readProxy(folder), proxy);
    assert.deepEqual((await readdir(folder)).sort(), ['frames', 'proxy.json', 'scenes', 'sound.flac']);
  });

  for (const [name, make] of Object.entries(harmlessClips)) {
    test(`${origin}: ${name} is not broken`, async () => {
      const { proxy } = await decode(media, await make());
      assert.equal(proxy.verdict.reason, null);
      assert.equal(proxy.verdict.broken, false);
      assert.ok(proxy.frames.length > 5);
      assert.ok(proxy.scenes.length > 0);
      assert.ok(proxy.duration >= proxy.verdict.lastTime);
    });
  }

  test(`${origin}: a file that is cut off is broken by its missing frames`, async () => {
    const { proxy, probe } = await decode(media, await brokenClips.cutOff());
    assert.ok(Math.abs(probe.duration - 16) < 0.1);
    assert.equal(proxy.verdict.broken, true);
    assert.match(proxy.verdict.reason ?? '', /ends before its last frame/);
    assert.ok(proxy.verdict.lastTime < 12);
    assert.ok(proxy.verdict.decodedFrames < 300);
  });

  for (const format of ['mkv', 'webm', 'avi', 'ts'] as const) {
    test(`${origin}: ${format} that is cut off is broken`, async () => {
      const file = await editClip(`cut-off.${format}`, await makeClip({ format }), (bytes) =>
        bytes.subarray(0, Math.floor(bytes.length * 0.6) + 37),
      );
      const { proxy } = await decode(media, file);
      assert.equal(proxy.verdict.broken, true);
      assert.notEqual(proxy.verdict.reason, null);
    });

    test(`${origin}: ${format} with a corrupt middle is broken`, async () => {
      const file = await editClip(`corrupt.${format}`, await makeClip({ format }), (bytes) => {
        const middle = Math.floor(bytes.length / 2);
        for (let at = middle; at < middle + 20_000; at++) bytes[at] = (at * 7919) % 251;
        return bytes;
      });
      const { proxy } = await decode(media, file);
      assert.equal(proxy.verdict.broken, true);
    });
  }

  test(`${origin}: a corrupt middle is broken`, async () => {
    const { proxy } = await decode(media, await brokenClips.corruptMiddle());
    assert.equal(proxy.verdict.broken, true);
    assert.match(proxy.verdict.reason ?? '', /frame/);
    assert.ok(proxy.verdict.errors > 0);
    assert.equal(proxy.verdict.lastTime, 15, 'what comes after the damage is there');
  });

  test(`${origin}: without a check of frames there is no verdict`, async () => {
    const { proxy } = await decode(media, await brokenClips.corruptMiddle(), { checkFrames: false });
    assert.equal(proxy.verdict.broken, false);
    assert.equal(proxy.verdict.reason, null);
    assert.equal(proxy.verdict.errors, 0);
  });

  test(`${origin}: without a check only key frames are decoded where they are dense enough`, async () => {
    const dense = await decode(media, await makeClip({ keyFrames: 1 }), { checkFrames: false });
    assert.ok(dense.proxy.verdict.decodedFrames < 50);
    assert.equal(dense.proxy.frames.length, 16);
    const sparse = await decode(media, await makeClip({ keyFrames: 4 }), { checkFrames: false });
    assert.equal(sparse.proxy.verdict.decodedFrames, 384);
    assert.equal(sparse.proxy.frames.length, 16);
  });

  test(`${origin}: the interval between frames can be chosen`, async () => {
    const { proxy } = await decode(media, await makeClip(), { frameInterval: 2.5 });
    assert.deepEqual(
      proxy.frames.map((frame) => frame.time),
      [0, 2.5, 5, 7.5, 10, 12.5, 15],
    );
    await assert.rejects(decode(media, await makeClip(), { frameInterval: 0 }), RangeError);
  });

  test(`${origin}: the file without an index, the empty one and text are unreadable, in plain words`, async () => {
    const expected = [
      [await brokenClips.withoutIndex(), /table of contents \(moov\) is missing/],
      [await brokenClips.empty(), /empty/],
      [await brokenClips.text(), /not a video/],
    ] as const;
    for (const [file, message] of expected) {
      await assert.rejects(media.probe(file), (error) => {
        assert.ok(error instanceof UnreadableMediaError);
        assert.match(error.message, message);
        return true;
      });
    }
  });

  test(`${origin}: size as displayed, sound and picture are told apart`, async () => {
    const rotated = await media.probe(await harmlessClips.rotated());
    assert.deepEqual([rotated.video?.width, rotated.video?.height], [360, 640]);
    const wide = await media.probe(await harmlessClips['pixels that are not square']());
    assert.deepEqual([wide.video?.width, wide.video?.height], [768, 576]);
    const cover = await media.probe(await harmlessClips['cover picture']());
    assert.deepEqual([cover.video?.codec, cover.video?.width], ['h264', 640]);
    assert.equal((await media.probe(await brokenClips.silent())).audio, null);
    const sound = await media.probe(await brokenClips.audioOnly());
    assert.equal(sound.video, null);
    assert.equal(sound.audio?.codec, 'aac');
    await assert.rejects(decode(media, await brokenClips.audioOnly()), UnreadableMediaError);
  });

  test(`${origin}: no sampled frame is lost where the size of the video changes`, async () => {
    const { proxy } = await decode(media, await harmlessClips['size that changes in the middle']());
    const gaps = proxy.frames.slice(1).map((frame, at) => frame.time - (proxy.frames[at]?.time ?? 0));
    assert.ok(Math.max(...gaps) < 1.1, `${Math.max(...gaps)}`);
    assert.ok(proxy.verdict.lastTime > 30);
  });

  test(`${origin}: rotated frames stand upright`, async () => {
    const { folder, proxy } = await decode(media, await harmlessClips.rotated());
    const { width, height } = await sharp(join(folder, proxy.frames[0]?.file ?? '')).metadata();
    assert.deepEqual([width, height], [336, 598]);
  });

  test(`${origin}: a recording without a duration has the one that its packets have`, async () => {
    const { probe } = await decode(media, await harmlessClips['webm without duration']());
    assert.ok(Math.abs(probe.duration - 16) < 0.2, `${probe.duration}`);
  });

  test(`${origin}: progress grows to the end`, async () => {
    const seen: number[] = [];
    await decode(media, await makeClip(), { onProgress: (seconds) => seen.push(seconds) });
    assert.ok(seen.length > 0);
    assert.deepEqual(
      seen,
      seen.toSorted((one, other) => one - other),
    );
    assert.ok((seen.at(-1) ?? 0) > 15);
  });
}
