import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { wordsFiles } from '../../src/models/hub-parts.ts';
import { meanOf } from '../../src/models/text-network.ts';
import { loadWordsEncoder } from '../../src/models/words-encoder.ts';
import { writeTinyWords } from '../helpers/tiny-models.ts';
import { cosine } from '../helpers/vectors.ts';

const folder = await mkdtemp(join(tmpdir(), 'reelgraph-words-'));
after(() => rm(folder, { recursive: true }));

test('the mean is of the rows that the mask holds, and of no padding', () => {
  const rows = Float32Array.of(1, 2, 3, 6, 100, 100);
  assert.deepEqual([...meanOf(rows, [1, 1, 0], 2)], [2, 4]);
  assert.deepEqual([...meanOf(rows, [0, 0, 0], 2)], [0, 0]);
});

for (const name of ['minilm', 'e5'] as const) {
  test(`${name}: the passage that means what is asked for is nearest, and every vector is of length 1`, async () => {
    const manifest = await writeTinyWords(join(folder, name), name);
    const encoder = await loadWordsEncoder(join(folder, name), manifest, 1);
    assert.equal(encoder.dimensions, 32);
    const passages = ['a dog', 'storm', 'music of a car', 'a kitten'];
    const vectors = await encoder.encodePassages(passages);
    assert.equal(vectors.length, 4);
    for (const [query, passage] of Object.entries({ cat: 3, puppy: 0, rain: 1 })) {
      const vector = await encoder.encodeQuery(query);
      const scores = vectors.map((other) => cosine(vector, other));
      assert.equal(scores.indexOf(Math.max(...scores)), passage, `${query}: ${scores}`);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    }
    assert.deepEqual(await encoder.encodePassages([]), []);
    await encoder.close();
  });
}

test('a text has the same vector alone and beside longer ones, in whichever batch', async () => {
  const encoder = await loadWordsEncoder(folder, await writeTinyWords(folder), 1);
  const [alone] = await encoder.encodePassages(['cat']);
  const many = await encoder.encodePassages(['rain', 'a photo of a dog', 'music', 'cat', 'a car of a dog of a cat']);
  assert.ok(alone && many[3] && cosine(alone, many[3]) > 0.99999);
  await encoder.close();
});

test('MiniLM takes queries and passages as they are; E5 tells them apart by a prefix', async () => {
  const plain = await loadWordsEncoder(folder, await writeTinyWords(folder), 1);
  const [passage] = await plain.encodePassages(['cat']);
  assert.deepEqual(await plain.encodeQuery('cat'), passage);
  await plain.close();

  const manifest = await writeTinyWords(folder, 'e5');
  const prefixed = await loadWordsEncoder(folder, manifest, 1);
  const bare = await loadWordsEncoder(folder, { ...manifest, prefixes: { query: '', passage: '' } }, 1);
  assert.deepEqual(await prefixed.encodeQuery('cat'), await bare.encodeQuery('query: cat'));
  assert.deepEqual(await prefixed.encodePassages(['cat']), await bare.encodePassages(['passage: cat']));
  assert.notDeepEqual(await prefixed.encodeQuery('cat'), await bare.encodeQuery('cat'));
  await prefixed.close();
  await bare.close();
});

test('the first token stands for the text where the manifest says so', async () => {
  const manifest = await writeTinyWords(folder);
  const text = { ...manifest.text, pooling: 'first' as const };
  const encoder = await loadWordsEncoder(folder, { ...manifest, text }, 1);
  // The mark of the start means nothing here.
  assert.deepEqual([...(await encoder.encodeQuery('cat'))], new Array(32).fill(0));
  await encoder.close();
});

test('an aborted call stops before its next batch', async () => {
  const encoder = await loadWordsEncoder(folder, await writeTinyWords(folder), 1);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(encoder.encodePassages(['cat'], { signal }), /enough/);
  await encoder.close();
});

test('the files that it reads are those that were written', async () => {
  const manifest = await writeTinyWords(folder);
  assert.deepEqual(wordsFiles(manifest), ['model.onnx', 'tokenizer.json', 'tokenizer_config.json']);
});
