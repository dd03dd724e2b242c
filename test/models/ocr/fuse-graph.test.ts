import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { onnx as Onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';
import sharp from 'sharp';
import { fuseGraph } from '../../../src/models/ocr/fuse-graph.ts';
import { normalizeInto } from '../../../src/models/ocr/normalization.ts';
import { Tensor } from '../../../src/models/onnx-runtime.ts';
import { createSession } from '../../../src/models/onnx-session.ts';
import { builtinModels, modelsFolder } from '../../helpers/models.ts';
import { photo } from '../../helpers/photos.ts';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

before(async () => {
  await (await builtinModels()).close();
});

const operators = (model: Uint8Array) => (onnx.ModelProto.decode(model).graph?.node ?? []).map(({ opType }) => opType);

async function run(model: Uint8Array, values: Float32Array, shape: number[]): Promise<Float32Array> {
  const session = await createSession(model, 1);
  const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
  const found = (await session.run({ [input]: new Tensor('float32', values, shape) }))[output];
  await session.release();
  return found?.data as Float32Array;
}

function furthest(one: Float32Array, other: Float32Array): number {
  assert.equal(one.length, other.length);
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? Number.NaN))), 0);
}

const networks = [
  { file: 'text-detection.onnx', width: 640, height: 384 },
  { file: 'text-recognition.onnx', width: 320, height: 48 },
];
for (const { file, width, height } of networks) {
  test(`${file} says the same of a photograph with a line on it, without the steps that were written out`, async () => {
    const model = await readFile(join(modelsFolder, 'builtin', file));
    const fused = fuseGraph(model);
    assert.ok(fused);
    const written = await sharp({ text: { text: 'Reelgraph 2026', width: 320, height: 48, rgba: true } })
      .png()
      .toBuffer();
    const shown = await sharp(photo('motorcycle'))
      .resize(320, height === 48 ? 48 : 192, { fit: 'fill' })
      .modulate({ brightness: 0.4 })
      .composite([{ input: written }])
      .toBuffer();
    const pixels = await sharp(shown).resize(width, height, { fit: 'fill' }).removeAlpha().raw().toBuffer();
    const values = new Float32Array(pixels.length);
    normalizeInto(values, pixels, { mean: [127.5, 127.5, 127.5], std: [64, 64, 64] });
    const shape = [1, 3, height, width];
    const [plain, other] = [await run(model, values, shape), await run(fused, values, shape)];
    assert.ok(
      plain.some((value) => value > 0.5),
      'the network says something',
    );
    assert.ok(furthest(plain, other) < 1e-3, `${furthest(plain, other)}`);
    assert.ok(operators(fused).filter((type) => type === 'HardSigmoid').length > 24);
    assert.ok(!operators(fused).includes('Clip'));
  });
}

/** A convolution of two channels by which each value is doubled, then `steps`; each node is named like its output. */
function makeGraph(
  numbers: Record<string, number | number[][]>,
  steps: [type: string, inputs: string[], output: string][],
) {
  const tensor = (dims: number[], values: number[]) => ({ dims, dataType: FLOAT, floatData: values });
  const constants = { kernel: tensor([2, 2, 1, 1], [2, 0, 0, 2]) } as Record<string, Onnx.ITensorProto>;
  for (const [name, value] of Object.entries(numbers))
    constants[name] = typeof value === 'number' ? tensor([], [value]) : tensor([1, value.length], value.flat());
  const picture = (name: string) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: [1, 2, 1, 3].map((dimValue) => ({ dimValue })) } } },
  });
  const result = steps.at(-1)?.[2] ?? '';
  return onnx.ModelProto.encode({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 11 }],
    graph: {
      name: 'steps',
      node: [
        ...Object.entries(constants).map(([name, t]) => ({
          opType: 'Constant',
          output: [name],
          attribute: [{ name: 'value', type: onnx.AttributeProto.AttributeType.TENSOR, t }],
        })),
        { opType: 'Conv', input: ['x', 'kernel'], output: ['y'] },
        ...steps.map(([opType, input, output]) => ({ opType, input, output: [output] })),
      ],
      input: [picture('x')],
      output: [picture(result)],
    },
  }).finish();
}

const VALUES = Float32Array.of(-4, -1.2, -0.3, 0.2, 1.3, 5);
const swish = (top: number): [string, string[], string][] => [
  ['Add', ['y', 'three'], 'sum'],
  ['Clip', ['sum', 'zero', 'top'], 'clipped'],
  ['Mul', ['y', 'clipped'], 'product'],
  ['Div', ['product', top === 6 ? 'top' : 'six'], 'z'],
];
const affine: [string, string[], string][] = [
  ['Mul', ['half', 'y'], 'scaled'],
  ['Add', ['scaled', 'three'], 'z'],
];
const cases = {
  'a hard swish': { numbers: { zero: 0, three: 3, top: 6 }, steps: swish(6), becomes: ['Conv', 'HardSigmoid', 'Mul'] },
  'a factor and an addend': {
    numbers: { half: 0.5, three: 3 },
    steps: affine,
    becomes: ['Conv', 'BatchNormalization'],
  },
  'a clip at another value': {
    numbers: { zero: 0, three: 3, top: 5, six: 6 },
    steps: swish(5),
    becomes: ['Conv', 'Add', 'Clip', 'Mul', 'Div'],
  },
  'a value that is taken elsewhere, too': {
    numbers: { half: 0.5, three: 3 },
    steps: [...affine, ['Add', ['scaled', 'z'], 'both']],
    becomes: ['Conv', 'Mul', 'Add', 'Add'],
  },
  'a number of a shape that may be longer than the other one': {
    numbers: { half: 0.5, three: [[3]] },
    steps: affine,
    becomes: ['Conv', 'Mul', 'Add'],
  },
} satisfies Record<
  string,
  { numbers: Record<string, number | number[][]>; steps: [string, string[], string][]; becomes: string[] }
>;

for (const [name, { numbers, steps, becomes }] of Object.entries(cases)) {
  test(`${name} becomes ${becomes.join(', ')}`, async () => {
    const model = makeGraph(numbers, steps as [string, string[], string][]);
    const fused = fuseGraph(model) ?? model;
    assert.deepEqual(
      operators(fused).filter((type) => type !== 'Constant'),
      becomes,
    );
    const shape = [1, 2, 1, 3];
    assert.ok(furthest(await run(model, VALUES, shape), await run(fused, VALUES, shape)) < 1e-5);
  });
}

test('a network with a graph within a node, numbers in another file, or nothing to fuse is left as it is', () => {
  const model = makeGraph({ zero: 0, three: 3, top: 6 }, swish(6));
  const { AttributeType } = onnx.AttributeProto;
  const changed = (change: (graph: Onnx.IGraphProto) => void) => {
    const decoded = onnx.ModelProto.decode(model);
    change(decoded.graph ?? {});
    return fuseGraph(onnx.ModelProto.encode(decoded).finish());
  };
  assert.ok(changed(() => {}));
  const branch = { name: 'then_branch', type: AttributeType.GRAPH, g: { name: 'takes three', node: [] } };
  assert.equal(
    changed(({ node }) => node?.push({ opType: 'If', input: ['c'], output: ['d'], attribute: [branch] })),
    undefined,
  );
  const elsewhere = { name: 'far', dims: [1], dataType: FLOAT, dataLocation: onnx.TensorProto.DataLocation.EXTERNAL };
  assert.equal(
    changed(({ initializer }) => initializer?.push(elsewhere)),
    undefined,
  );
  assert.equal(fuseGraph(makeGraph({}, [['Relu', ['y'], 'z']])), undefined);
  assert.equal(fuseGraph(Buffer.from('ORTM')), undefined);
});
