import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sceneFilter } from '../../src/media/filters.ts';
import { createMedia, type Media } from '../../src/media/media.ts';
import { type CaptionedClip, makeCaptionedClip } from '../helpers/captions.ts';
import { makeClip } from '../helpers/clips.ts';
import { photo } from '../helpers/photos.ts';

const builds = new Map<string, Media>();
for (const media of [await createMedia({ searchPath: '' }), await createMedia()]) {
  builds.set(media.tools.ffmpeg.origin, media);
}
const temporary = await mkdtemp(join(tmpdir(), 'scenes-'));
after(() => rm(temporary, { recursive: true, force: true }));

async function sceneTimes(media: Media, file: string): Promise<number[]> {
  const folder = await mkdtemp(join(temporary, 'proxy-'));
  const { scenes } = await media.decode(file, await media.probe(file), { folder, checkFrames: true });
  return scenes.map(({ time }) => time);
}

/** Twelve seconds with another caption every three. */
function captioned(background: string): CaptionedClip {
  const texts = ['One is here', 'Two is there', 'Three are gone', 'Four are back'];
  const captions = texts.map((text, at) => ({ text, from: 3 * at, to: 3 * at + 3, on: 'outline' as const }));
  return { background, captions, seconds: 12 };
}

for (const [origin, media] of builds) {
  test(`${origin}: a picture that stands still is one scene`, async () => {
    const still = { background: photo('cat'), captions: [], seconds: 12 };
    assert.deepEqual(await sceneTimes(media, await makeCaptionedClip(still)), [0]);
  });

  for (const [name, background] of [
    ['still', photo('cat')],
    ['moving', 'testsrc2'],
  ] as const) {
    test(`${origin}: every caption over a ${name} picture is in a scene`, async () => {
      const times = await sceneTimes(media, await makeCaptionedClip(captioned(background)));
      for (const start of [0, 3, 6, 9]) {
        assert.ok(
          times.some((time) => time >= start && time < start + 3),
          `none of ${times} is within ${start} and ${start + 3} s`,
        );
      }
    });
  }

  test(`${origin}: in a picture that always moves there is a scene every two seconds, and one at each cut`, async () => {
    const moving = { background: photo('cat'), captions: [], seconds: 12, turned: 'scroll=h=0.002' };
    const times = await sceneTimes(media, await makeCaptionedClip(moving));
    const gaps = [...times, 12].map((time, at) => time - (times[at - 1] ?? 0));
    assert.ok(Math.max(...gaps) < 2.1 && times.length <= 12 / 2 + 1, `${times}`);
    const cut = await sceneTimes(
      media,
      await makeClip({ seconds: 15, scenes: 3, width: 1280, height: 720, audio: false }),
    );
    for (const start of [0, 5, 10]) assert.ok(cut.includes(start), `${cut}`);
    assert.ok(cut.length <= 15 / 2 + 3, `${cut}`);
  });

  test(`${origin}: a slow fade has scenes of its own`, async () => {
    const fade = { background: photo('cat'), captions: [], seconds: 12, turned: 'fade=out:st=0:d=12' };
    const times = await sceneTimes(media, await makeCaptionedClip(fade));
    assert.ok(times.length >= 3, `${times}`);
  });
}

test('an ffmpeg without the filter for repetitions keeps them', () => {
  const size = { width: 1280, height: 720 };
  assert.equal(sceneFilter(size, true, 60), `${sceneFilter(size, false, 60)},mpdecimate`);
});
