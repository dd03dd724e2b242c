import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadAudioTextEncoder, repeatWhole, splitSound } from '../../src/models/audio-text-encoder.ts';
import { audioTextFiles } from '../../src/models/hub-parts.ts';
import { writeFiles, writeTinyAudioText } from '../helpers/tiny-models.ts';
import { tone } from '../helpers/tones.ts';
import { cosine } from '../helpers/vectors.ts';

type Encoder = Awaited<ReturnType<typeof loadAudioTextEncoder>>;

let folder: string;
let encoder: Encoder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelgraph-audio-text-'));
  encoder = await loadAudioTextEncoder(folder, await writeTinyAudioText(folder), 1);
});
after(async () => {
  await encoder.close();
  await rm(folder, { recursive: true });
});

test('words find the sound that they describe, and every vector is of length 1', async () => {
  assert.equal(encoder.sampleRate, 48_000);
  assert.equal(encoder.dimensions, 4);
  const sounds = await encoder.encodeSounds([tone(200, 6, 48_000), tone(9000, 2, 48_000), tone(300, 10, 48_000)]);
  const [low, high] = [await encoder.encodeText('low'), await encoder.encodeText('a high')];
  assert.deepEqual(
    sounds.map((sound) => cosine(sound, low) > cosine(sound, high)),
    [true, false, true],
  );
  for (const vector of [low, high, ...sounds]) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  assert.deepEqual(await encoder.encodeSounds([]), []);
});

test('a sound is repeated as often as the whole of it fits', () => {
  const repeated = (length: number, longest: number) => [
    ...repeatWhole(Float32Array.of(1, 2, 3, 4, 5).subarray(0, length), longest),
  ];
  assert.deepEqual(repeated(3, 8), [1, 2, 3, 1, 2, 3]);
  assert.deepEqual(repeated(3, 9), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
  assert.deepEqual(repeated(5, 9), [1, 2, 3, 4, 5]);
  assert.deepEqual(repeated(5, 5), [1, 2, 3, 4, 5]);
});

test('a sound that is too long is cut into equal parts', () => {
  const lengths = (length: number) => splitSound(new Float32Array(length), 10).map((part) => part.length);
  assert.deepEqual([10, 11, 25, 1].map(lengths), [[10], [6, 5], [8, 9, 8], [1]]);
  assert.deepEqual(lengths(0), [1]);
});

test('a part of 5 s is heard as often as 10 s hold it, and the parts of a long sound all count', async () => {
  const five = tone(700, 5, 48_000);
  const twice = new Float32Array(10 * 48_000);
  twice.set(five);
  twice.set(five, five.length);
  const [short, long, longer] = await encoder.encodeSounds([five, twice, tone(700, 19, 48_000)]);
  assert.ok(short && long && longer);
  assert.ok(cosine(short, long) > 0.99999);
  assert.ok(cosine(short, longer) > 0.999);
});

test('silence, no samples at all and an abort are taken', async () => {
  const [silent, empty] = await encoder.encodeSounds([new Float32Array(48_000), new Float32Array()]);
  for (const vector of [silent, empty]) assert.ok(vector?.every(Number.isFinite));
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(encoder.encodeSounds([tone(200, 1, 48_000)], { signal }), /enough/);
});

test('features that are made in another way are refused, not made wrongly', async () => {
  const other = join(folder, 'fused');
  const manifest = await writeTinyAudioText(other);
  const fused = { sampling_rate: 48_000, nb_max_samples: 480_000, padding: 'repeatpad', truncation: 'fusion' };
  await writeFiles(other, { 'preprocessor_config.json': fused });
  await assert.rejects(loadAudioTextEncoder(other, manifest, 1), /rand_trunc/);
  assert.deepEqual(audioTextFiles(manifest), [
    'audio_model.onnx',
    'preprocessor_config.json',
    'text_model.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});
