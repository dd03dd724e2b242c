import type { onnx as Onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';
import { constantOf, type GraphNode, integers, type Tensor, type TfjsGraph, text, texts } from './tfjs-graph.ts';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

export type GraphEnds = {
  input: { node: string; name: string; shape: readonly number[] };
  output: { node: string; name: string };
};

/**
 * Converts a convolutional TensorFlow.js graph to ONNX (opset 13). TensorFlow keeps pictures as height, width, channels
 * and kernels as height, width, in, out; ONNX as channels, height, width and out, in, height, width. The result takes
 * `[batch, ...input.shape]` and gives `[batch, features]` under `output.name`.
 *
 * Handles what MobileNet needs: convolutions plain and depthwise, bias, Relu6, scaling by constants, mean over the
 * picture. Batch normalisation is already folded in these graphs. Throws on anything else: a wrong model would be silent.
 */
export function convertToOnnx(graph: TfjsGraph, { input, output }: GraphEnds): Uint8Array {
  const nodes: Onnx.INodeProto[] = [];
  const initializers: Onnx.ITensorProto[] = [];
  const done = new Map<string, string>([[input.node, input.name]]);

  const constant = (name: string, shape: number[], values: Float32Array): string => {
    initializers.push({ name, dims: shape, dataType: FLOAT, rawData: new Uint8Array(values.buffer) });
    return name;
  };
  const add = (opType: string, inputs: string[], name: string, attributes: Onnx.IAttributeProto[] = []): string => {
    nodes.push({ opType, name, input: inputs, output: [name], attribute: attributes });
    return name;
  };
  const low = constant('zero', [], new Float32Array([0]));
  const high = constant('six', [], new Float32Array([6]));
  const relu6 = (from: string, name: string) => add('Clip', [from, low, high], name);

  const scalar = (name: string): string => {
    const { shape, values } = constantOf(graph, name);
    if (shape.length > 0) throw new Error(`${name} is not a single number.`);
    return constant(name, [], values);
  };

  const convolution = (node: GraphNode, from: string, kernelName: string, bias: string[], depthwise: boolean) => {
    const kernel = constantOf(graph, kernelName);
    const { shape, values, group } = depthwise ? depthwiseKernel(kernel) : plainKernel(kernel);
    return add('Conv', [from, constant(kernelName, shape, values), ...bias], `${node.name}:conv`, [
      ints('kernel_shape', shape.slice(2)),
      ints('strides', integers(node, 'strides').slice(1, 3)),
      ints('dilations', integers(node, 'dilations').slice(1, 3)),
      { name: 'group', type: AttributeType.INT, i: group },
      { name: 'auto_pad', type: AttributeType.STRING, s: Buffer.from(padding(node)) },
    ]);
  };

  const convert = (name: string): string => {
    const known = done.get(name);
    if (known) return known;
    const node = graph.nodes.get(name);
    if (!node) throw new Error(`The graph has no node ${name}.`);
    const result = convertNode(node);
    done.set(name, result);
    return result;
  };

  const convertNode = (node: GraphNode): string => {
    const [first = '', second = '', third = ''] = node.input;
    switch (node.op) {
      case 'Mul':
      case 'Sub':
        return add(node.op, [convert(first), scalar(second)], node.name);
      case '_FusedConv2D': {
        const fused = texts(node, 'fused_ops').join();
        if (fused !== 'BiasAdd,Relu6') throw new Error(`${node.name} fuses ${fused}, which is not handled.`);
        const bias = constantOf(graph, third);
        const conv = convolution(node, convert(first), second, [constant(third, bias.shape, bias.values)], false);
        return relu6(conv, node.name);
      }
      case 'DepthwiseConv2dNative':
        return convolution(node, convert(first), second, [], true);
      case 'BiasAdd': {
        const { values } = constantOf(graph, second);
        return add('Add', [convert(first), constant(second, [values.length, 1, 1], values)], node.name);
      }
      case 'Relu6':
        return relu6(convert(first), node.name);
      case 'Mean': {
        if (constantOf(graph, second).values.join() !== '1,2')
          throw new Error(`${node.name} is no mean over the picture.`);
        return add('GlobalAveragePool', [convert(first)], node.name);
      }
      default:
        throw new Error(`${node.name} is a ${node.op}, which is not handled.`);
    }
  };

  add('Flatten', [convert(output.node)], output.name);
  return onnx.ModelProto.encode({
    irVersion: 7,
    producerName: 'reelgraph',
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'converted from TensorFlow.js',
      node: nodes,
      initializer: initializers,
      input: [valueInfo(input.name, ['batch', ...input.shape])],
      output: [valueInfo(output.name, ['batch', 'features'])],
    },
  }).finish();
}

function ints(name: string, values: number[]): Onnx.IAttributeProto {
  return { name, type: AttributeType.INTS, ints: values };
}

function valueInfo(name: string, dims: (number | string)[]): Onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function padding(node: GraphNode): string {
  const kind = text(node, 'padding');
  if (kind === 'SAME') return 'SAME_UPPER';
  if (kind === 'VALID') return 'VALID';
  throw new Error(`${node.name} is padded ${kind}, which is not handled.`);
}

// Height, width, in, out -> out, in, height, width.
function plainKernel({ shape, values }: Tensor): Tensor & { group: number } {
  const [height = 0, width = 0, from = 0, to = 0] = shape;
  return { shape: [to, from, height, width], values: swap(values, height * width, from, to), group: 1 };
}

// Height, width, channel, multiplier -> channel * multiplier, 1, height, width.
function depthwiseKernel({ shape, values }: Tensor): Tensor & { group: number } {
  const [height = 0, width = 0, channels = 0, multiplier = 0] = shape;
  const to = channels * multiplier;
  return { shape: [to, 1, height, width], values: swap(values, height * width, 1, to), group: channels };
}

function swap(values: Float32Array, area: number, from: number, to: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let place = 0; place < area; place++)
    for (let i = 0; i < from; i++)
      for (let o = 0; o < to; o++) result[(o * from + i) * area + place] = values[(place * from + i) * to + o] ?? 0;
  return result;
}

/** The columns of a classifier's `[..., features, classes]` kernel as rows, one for each class, the first `skip` left out. */
export function classRows({ shape, values }: Tensor, skip: number): Float32Array {
  const [features = 0, classes = 0] = shape.slice(-2);
  const rows = new Float32Array((classes - skip) * features);
  for (let row = skip; row < classes; row++)
    for (let i = 0; i < features; i++) rows[(row - skip) * features + i] = values[i * classes + row] ?? 0;
  return rows;
}
