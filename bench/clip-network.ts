import { type Graph, makeModel } from '../test/helpers/tiny-graphs.ts';
import { createRandom } from './random.ts';

/** Of CLIP ViT-B/32: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021. */
const [WIDTH, LAYERS, HEADS, PATCH, SIDE, EMBEDDING] = [768, 12, 12, 32, 224, 512];
const HEAD = WIDTH / HEADS;
const TOKENS = (SIDE / PATCH) ** 2 + 1;

/** How weights are kept: as they are, or in 8 bits with their inputs quantized as they come, as `Xenova/*` has them. */
export type Precision = 'fp32' | 'int8';

/** The network of pictures of CLIP ViT-B/32 with random weights: what it says is nothing, what it costs is the same. */
export function makeClipNetwork(precision: Precision): Uint8Array {
  return makeModel(
    { pixel_values: ['float', 'batch', 3, SIDE, SIDE] },
    { image_embeds: ['float', 'batch', EMBEDDING] },
    (graph) => addNetwork(graph, precision),
    17,
  );
}

function addNetwork({ add, addAll, constant }: Graph, precision: Precision): void {
  const numbers = createRandom(1);
  const random = () => numbers() / 2 ** 31 - 1;
  const weights = (scale: number, ...dims: number[]) =>
    constant(
      'float',
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => scale * random()),
    );
  const shape = (...dims: number[]) => constant('int64', [dims.length], dims);
  const linear = (input: string, from: number, to: number): string => {
    const bias = weights(0.01, to);
    if (precision === 'fp32') return add('Add', [add('MatMul', [input, weights(0.04, from, to)]), bias]);
    const matrix = constant(
      'int8',
      [from, to],
      Int8Array.from({ length: from * to }, () => 127 * random()),
    );
    const [values = '', scale = '', zero = ''] = addAll('DynamicQuantizeLinear', [input], 3);
    const product = add('Cast', [add('MatMulInteger', [values, matrix, zero])], { to: 1 });
    const scales = add('Mul', [scale, constant('float', [], [0.04 / 127])]);
    return add('Add', [add('Mul', [product, scales]), bias]);
  };
  const norm = (input: string) =>
    add('LayerNormalization', [input, constant('float', [WIDTH], Array(WIDTH).fill(1)), weights(0.01, WIDTH)], {
      axis: -1,
    });
  const heads = (input: string, perm: number[]) =>
    add('Transpose', [add('Reshape', [input, shape(0, 0, HEADS, HEAD)])], { perm });

  const attend = (input: string): string => {
    const queries = heads(
      add('Mul', [linear(input, WIDTH, WIDTH), constant('float', [], [HEAD ** -0.5])]),
      [0, 2, 1, 3],
    );
    const keys = heads(linear(input, WIDTH, WIDTH), [0, 2, 3, 1]);
    const values = heads(linear(input, WIDTH, WIDTH), [0, 2, 1, 3]);
    const mixed = add('MatMul', [add('Softmax', [add('MatMul', [queries, keys])], { axis: -1 }), values]);
    const joined = add('Reshape', [add('Transpose', [mixed], { perm: [0, 2, 1, 3] }), shape(0, 0, WIDTH)]);
    return linear(joined, WIDTH, WIDTH);
  };
  const think = (input: string): string => {
    const wide = linear(input, WIDTH, 4 * WIDTH);
    const gate = add('Sigmoid', [add('Mul', [wide, constant('float', [], [1.702])])]);
    return linear(add('Mul', [wide, gate]), 4 * WIDTH, WIDTH);
  };

  const filters = weights(0.02, WIDTH, 3, PATCH, PATCH);
  const patches = add('Conv', ['pixel_values', filters], { kernel_shape: [PATCH, PATCH], strides: [PATCH, PATCH] });
  const rows = add('Transpose', [add('Reshape', [patches, shape(0, WIDTH, TOKENS - 1)])], { perm: [0, 2, 1] });
  const count = add('Gather', [add('Shape', ['pixel_values']), shape(0)], { axis: 0 });
  const first = add('Expand', [weights(0.02, 1, 1, WIDTH), add('Concat', [count, shape(1, WIDTH)], { axis: 0 })]);
  let value = norm(add('Add', [add('Concat', [first, rows], { axis: 1 }), weights(0.02, TOKENS, WIDTH)]));
  for (let layer = 0; layer < LAYERS; layer++) {
    value = add('Add', [value, attend(norm(value))]);
    value = add('Add', [value, think(norm(value))]);
  }
  const token = norm(add('Gather', [value, constant('int64', [], [0])], { axis: 1 }));
  add('MatMul', [token, weights(0.04, WIDTH, EMBEDDING)], {}, 'image_embeds');
}
