import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { createMedia } from '../../../src/media/media.ts';
import { loadBundles } from '../../../src/models/bundles.ts';
import { UndecodableImageError } from '../../../src/models/errors.ts';
import { loadTextReader } from '../../../src/models/ocr/text-reader.ts';
import { textReaderManifest } from '../../../src/models/ocr/text-reader-manifest.ts';
import { type CaptionedClip, makeCaptionedClip } from '../../helpers/captions.ts';
import { builtinModels, modelsFolder } from '../../helpers/models.ts';
import { photo } from '../../helpers/photos.ts';

const manifest = textReaderManifest.parse(loadBundles().bundles.get('builtin')?.part('TEXT_IN_VIDEO.reader')?.manifest);
const media = await createMedia();
const temporary = await mkdtemp(join(tmpdir(), 'text-reader-'));
let reader: Awaited<ReturnType<typeof loadTextReader>>;

before(async () => {
  const models = await builtinModels();
  await models.close();
  reader = await loadTextReader(join(modelsFolder, 'builtin'), manifest, 1);
});
after(async () => {
  await reader.close();
  await rm(temporary, { recursive: true, force: true });
});

/** The first scene frame that a clip leaves in its proxy. */
async function sceneOf(clip: CaptionedClip): Promise<string> {
  const file = await makeCaptionedClip(clip);
  const folder = await mkdtemp(join(temporary, 'proxy-'));
  const { scenes } = await media.decode(file, await media.probe(file), { folder, checkFrames: false });
  return join(folder, scenes[0]?.file ?? '');
}

async function textsOf(image: string | Uint8Array): Promise<string[]> {
  return (await reader.read(image)).map(({ text }) => text);
}

const CAPTION = { text: 'Hello, Reelgraph 2026', size: 48, x: 380, y: 600 } as const;
const TIMESTAMP = { text: '12:34:56.789', size: 36, x: 700, y: 60, on: 'box' } as const;

const pictures = {
  'a dark picture': { background: 'color=c=0x202040', on: 'picture' },
  'a test pattern': { background: 'testsrc2', on: 'box' },
  'a moving fractal': { background: 'mandelbrot', on: 'box' },
  'a photograph': { background: photo('cat'), on: 'outline' },
  'a photograph with fine detail': { background: photo('motorcycle'), on: 'outline' },
} as const;

for (const [name, { background, on }] of Object.entries(pictures)) {
  test(`a caption and a timestamp on ${name} are read exactly`, async () => {
    const texts = await textsOf(await sceneOf({ background, captions: [{ ...CAPTION, on }, TIMESTAMP] }));
    assert.ok(texts.includes(CAPTION.text), texts.join(' | '));
    assert.ok(texts.includes(TIMESTAMP.text), texts.join(' | '));
  });
}

test('small lines, thick and thin, come from top to bottom and from left to right', async () => {
  const captions = [
    { text: 'The quick brown fox', size: 20, x: 60, y: 60 },
    { text: 'jumps over the lazy dog', size: 20, x: 700, y: 62 },
    { text: 'It is a truth universally acknowledged', size: 28, x: 60, y: 300, font: 'serif', color: 'yellow' },
    { text: '2026-03-14 09:26:53', size: 24, x: 60, y: 640 },
  ] as const;
  const scene = await sceneOf({ background: 'color=c=0x202020', captions });
  assert.deepEqual(
    await textsOf(scene),
    captions.map(({ text }) => text),
  );
});

test('Chinese is read, and Chinese beside Latin', async () => {
  const captions = [
    { text: '今天天气很好，我们去公园吧。', size: 40, y: 60, font: 'chinese' },
    { text: '你好世界 视频搜索', size: 32, y: 260, font: 'chinese', on: 'outline' },
    { text: '请勿吸烟 NO SMOKING', size: 36, y: 460, font: 'chinese', on: 'box' },
  ] as const;
  assert.deepEqual(
    await textsOf(await sceneOf({ background: photo('cat'), captions })),
    captions.map(({ text }) => text),
  );
});

test('a caption that slants is read, and its box slants with it', async () => {
  const scene = await sceneOf({
    background: 'color=c=0x202040',
    captions: [{ ...CAPTION, y: 340 }],
    turned: 'rotate=0.12:c=0x202040',
  });
  const [line, ...others] = await reader.read(scene);
  assert.equal(line?.text, CAPTION.text);
  assert.deepEqual(others, []);
  const [[left = 0, top = 0] = [], [right = 0, slope = 0] = []] = line.box;
  assert.ok(Math.abs(Math.atan2(slope - top, right - left) - 0.12) < 0.02);
});

test('text that runs upwards or downwards is read', async () => {
  for (const turned of ['transpose=clock', 'transpose=cclock']) {
    const scene = await sceneOf({ background: 'color=c=0x202040', captions: [CAPTION], turned });
    assert.deepEqual(await textsOf(scene), [CAPTION.text], turned);
  }
});

test('boxes are in pixels of the picture, whatever its size, and scores say how sure a line is', async () => {
  const scene = await sceneOf({ background: 'color=c=0x202040', captions: [CAPTION] });
  const large = await sharp(scene).resize(3840, 2160).png().toBuffer();
  const [[line], [enlarged]] = await Promise.all([reader.read(scene), reader.read(large)]);
  assert.equal(enlarged?.text, CAPTION.text);
  const [x = 0, y = 0] = line?.box[0] ?? [];
  // Where drawtext put it, in a frame of 960 instead of 1280.
  assert.ok(Math.abs(x - 285) < 12 && Math.abs(y - 450) < 12, `${x}, ${y}`);
  for (const [at, corner] of enlarged.box.entries()) {
    for (const [axis, value] of corner.entries()) {
      assert.ok(Math.abs(value / 4 - (line?.box[at]?.[axis] ?? 0)) < 8, `${enlarged.box} ${line?.box}`);
    }
  }
  for (const found of [line, enlarged]) assert.ok(found && found.score > 0.8 && found.score <= 1);
});

test('a picture without text, a tiny one, and a sliver have no lines', async () => {
  assert.deepEqual(await textsOf(photo('cat')), []);
  assert.deepEqual(await textsOf(await sceneOf({ background: 'mandelbrot', captions: [] })), []);
  const plain = ([width, height]: readonly [number, number]) =>
    sharp({ create: { width, height, channels: 3, background: 'grey' } })
      .png()
      .toBuffer();
  for (const size of [
    [1, 1],
    [5, 3],
    [4000, 2],
    [2, 4000],
  ] as const) {
    assert.deepEqual(await textsOf(await plain(size)), [], `${size}`);
  }
});

test('of many lines the largest are read', async () => {
  const captions = [
    { text: 'LARGE', size: 90, y: 60 },
    ...[260, 400, 540].map((y) => ({ text: 'small', size: 28, y })),
  ];
  const scene = await sceneOf({ background: 'color=c=0x202040', captions });
  const { detection, recognition } = manifest;
  const few = await loadTextReader(
    join(modelsFolder, 'builtin'),
    { recognition, detection: { ...detection, mostBoxes: 1 } },
    1,
  );
  const lines = await few.read(scene);
  await few.close();
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['LARGE'],
  );
  assert.equal((await reader.read(scene)).length, 4);
});

test('what is no picture is an UndecodableImageError, and a file that is missing is not', async () => {
  await assert.rejects(reader.read(Buffer.from('no picture')), UndecodableImageError);
  await assert.rejects(reader.read(join(temporary, 'nowhere.jpg')), { code: 'ENOENT' });
});

test('a run that is aborted rejects with the reason', async () => {
  const scene = await sceneOf({ background: 'color=c=0x202040', captions: [CAPTION] });
  await assert.rejects(reader.read(scene, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  const controller = new AbortController();
  const reading = reader.read(scene, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(reading, /enough/);
});

test('a folder without the files is an error that names the first', async () => {
  await assert.rejects(loadTextReader(temporary, manifest, 1), new RegExp(manifest.recognition.dictionary));
});
