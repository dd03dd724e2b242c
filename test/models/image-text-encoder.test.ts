import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { UndecodableImageError } from '../../src/models/errors.ts';
import { imageTextFiles } from '../../src/models/hub-parts.ts';
import { loadImageTextEncoder } from '../../src/models/image-text-encoder.ts';
import { makeTextModel } from '../helpers/tiny-graphs.ts';
import { writeFiles, writeTinyImageText } from '../helpers/tiny-models.ts';
import { cosine } from '../helpers/vectors.ts';

const folder = await mkdtemp(join(tmpdir(), 'reelgraph-image-text-'));
after(() => rm(folder, { recursive: true }));

const colors = ['red', 'green', 'blue'] as const;
const pictures = await Promise.all(
  colors.map((background) =>
    sharp({ create: { width: 90, height: 60, channels: 3, background: background === 'green' ? 'lime' : background } })
      .png()
      .toBuffer(),
  ),
);

for (const name of ['clip', 'mobileclip', 'siglip'] as const) {
  test(`${name}: words find the picture that they name, and every vector is of length 1`, async () => {
    const manifest = await writeTinyImageText(join(folder, name), name);
    const encoder = await loadImageTextEncoder(join(folder, name), manifest, 1);
    assert.equal(encoder.dimensions, 4);
    assert.equal(encoder.batchSize, 2);
    const images = await encoder.encodeImages(pictures);
    for (const [at, color] of colors.entries()) {
      const text = await encoder.encodeText(`a photo of ${color}`);
      assert.ok('vector' in text);
      const scores = images.map((image) => cosine(image, text.vector));
      assert.equal(scores.indexOf(Math.max(...scores)), at, `${color}: ${scores}`);
      for (const vector of [text.vector, ...images]) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    }
    await encoder.close();
  });
}

test('a picture that cannot be decoded is named by its place, in whichever batch', async () => {
  const encoder = await loadImageTextEncoder(folder, await writeTinyImageText(folder), 1);
  const given = [...pictures, Buffer.from('no picture')];
  await assert.rejects(encoder.encodeImages(given), (error) => {
    assert.ok(error instanceof UndecodableImageError);
    assert.equal(error.position, 3);
    return true;
  });
  await encoder.close();
});

test('an aborted call ends with the reason, whatever its pictures are', async () => {
  const encoder = await loadImageTextEncoder(folder, await writeTinyImageText(folder), 1);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(encoder.encodeImages([Buffer.from('no picture')], { signal }), /enough/);
  // Meanwhile that picture has been looked at: a rejection that nobody handles would end the process.
  assert.equal((await encoder.encodeImages(pictures)).length, 3);
  await encoder.close();
});

test('a query is put into the template where there is one', async () => {
  const manifest = await writeTinyImageText(folder);
  const plain = await loadImageTextEncoder(folder, manifest, 1);
  const template = 'a photo of {}';
  const framed = await loadImageTextEncoder(folder, { ...manifest, text: { ...manifest.text, template } }, 1);
  assert.deepEqual(await framed.encodeText('red'), await plain.encodeText('a photo of red'));
  assert.notDeepEqual(await framed.encodeText('red'), await plain.encodeText('red'));
  await plain.close();
  await framed.close();
});

test('a text network is fed what it asks for, under the names that it has', async () => {
  const manifest = await writeTinyImageText(folder);
  const table = Array.from({ length: 200 }, (_, id) => [id, 1, 0, 0]);
  const output = 'text_embeds';
  const more = makeTextModel(table, { inputs: ['input_ids', 'attention_mask'], output, pooled: true });
  await writeFiles(folder, { 'text_model.onnx': more });
  const encoder = await loadImageTextEncoder(folder, manifest, 1);
  const encoded = await encoder.encodeText('cat');
  assert.ok('vector' in encoded);
  // Of the mean over the three tokens alone; the padding, whose ids are large, would weigh in else.
  const [id = 0, one = 1] = encoded.vector;
  await encoder.close();
  const short = { ...manifest, text: { ...manifest.text, tokens: { ...manifest.text.tokens, length: 3 } } };
  const unpadded = await loadImageTextEncoder(folder, short, 1);
  const same = await unpadded.encodeText('cat');
  assert.ok('vector' in same);
  assert.ok(Math.abs(id / one - (same.vector[0] ?? 0) / (same.vector[1] ?? 1)) < 1e-3);
  await unpadded.close();
});

test('what a network does not have is named when it is loaded, and what it does not give when it runs', async () => {
  const manifest = await writeTinyImageText(folder);
  const images = { ...manifest.images, output: 'embeds' };
  await assert.rejects(
    loadImageTextEncoder(folder, { ...manifest, images }, 1),
    /no output "embeds", but image_embeds/,
  );
  const wide = await loadImageTextEncoder(folder, { ...manifest, dimensions: 5 }, 1);
  await assert.rejects(wide.encodeText('cat'), /shape 1 x 4, not 1 vectors of 5/);
  await wide.close();
});

test('the files that it reads are those that were written', async () => {
  const manifest = await writeTinyImageText(folder);
  assert.deepEqual(imageTextFiles(manifest), [
    'vision_model.onnx',
    'text_model.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
});
