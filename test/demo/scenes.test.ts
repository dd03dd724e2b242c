import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { scenes } from '../../src/demo/scenes.ts';
import type { Models, VisualEncoder } from '../../src/models/models.ts';
import { builtinModels } from '../helpers/models.ts';
import { cosine } from '../helpers/vectors.ts';

let models: Models;
let visual: VisualEncoder;
before(async () => {
  models = await builtinModels();
  visual = await models.visual('builtin');
});
after(() => models.close());

test('each query finds its own scene first, by a clear margin', async () => {
  const pictures = await Promise.all(
    scenes.map(({ svg }) => sharp(Buffer.from(svg)).resize(598, 336).jpeg().toBuffer()),
  );
  const vectors = await visual.encodeImages(pictures);
  for (const [at, { name, query }] of scenes.entries()) {
    const text = await visual.encodeText(query);
    assert.ok('vector' in text, `"${query}" names nothing`);
    const scores = vectors.map((vector) => cosine(vector, text.vector));
    const own = scores[at] ?? 0;
    const others = Math.max(...scores.filter((_, other) => other !== at));
    assert.ok(own > others + 0.08, `${name}: ${own.toFixed(2)}, the next ${others.toFixed(2)}`);
  }
});

test('the scenes are 1280 by 720 and need no fonts', async () => {
  for (const { svg } of scenes) {
    const { width, height } = await sharp(Buffer.from(svg)).metadata();
    assert.deepEqual([width, height], [1280, 720]);
    assert.doesNotMatch(svg, /<text/);
  }
});
