import {
  constantOf,
  type GraphNode,
  integers,
  type Tensor,
  type TfjsGraph,
  texts,
} from '../../src/models/tfjs-graph.ts';

/** Runs one node of a TensorFlow.js graph for one picture, as TensorFlow defines it: slow, and in its own axis order (1, height, width, channels). */
export function runReference(graph: TfjsGraph, inputs: Map<string, Tensor>, name: string): Tensor {
  const known = inputs.get(name) ?? graph.tensors.get(name);
  if (known) return known;
  const node = graph.nodes.get(name);
  if (!node) throw new Error(`no node ${name}`);
  const [first = '', second = '', third = ''] = node.input;
  const x = runReference(graph, inputs, first);
  const y = second ? constantOf(graph, second) : x;
  const result = runNode(node, x, y, third ? constantOf(graph, third) : undefined);
  inputs.set(name, result);
  return result;
}

function runNode(node: GraphNode, x: Tensor, y: Tensor, bias: Tensor | undefined): Tensor {
  const map = (tensor: Tensor, change: (value: number, at: number) => number) => ({
    ...tensor,
    values: tensor.values.map(change),
  });
  const relu6 = (value: number) => Math.min(6, Math.max(0, value));
  switch (node.op) {
    case 'Mul':
      return map(x, (value) => value * at(y, 0));
    case 'Sub':
      return map(x, (value) => value - at(y, 0));
    case 'BiasAdd':
      return map(x, (value, index) => value + at(y, index % y.values.length));
    case 'Relu6':
      return map(x, relu6);
    case '_FusedConv2D': {
      const sum = convolve(node, x, y, false);
      const biased = bias ? map(sum, (value, index) => value + at(bias, index % bias.values.length)) : sum;
      return texts(node, 'fused_ops').includes('Relu6') ? map(biased, relu6) : biased;
    }
    case 'DepthwiseConv2dNative':
      return convolve(node, x, y, true);
    case 'Mean': {
      const [, height = 0, width = 0, channels = 0] = x.shape;
      const values = new Float32Array(channels);
      for (const [index, value] of x.values.entries())
        values[index % channels] = at({ values }, index % channels) + value / (height * width);
      return { shape: [1, 1, 1, channels], values };
    }
    default:
      throw new Error(`no reference for ${node.op}`);
  }
}

// Padding SAME: as many places as strides fit in, the odd row of padding below and to the right.
function convolve(node: GraphNode, x: Tensor, kernel: Tensor, depthwise: boolean): Tensor {
  const [, height = 0, width = 0, channels = 0] = x.shape;
  const [rows = 0, columns = 0, , last = 0] = kernel.shape;
  const [, stride = 1] = integers(node, 'strides');
  const outputs = depthwise ? channels * last : last;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const top = Math.floor(Math.max(0, (outHeight - 1) * stride + rows - height) / 2);
  const left = Math.floor(Math.max(0, (outWidth - 1) * stride + columns - width) / 2);
  const values = new Float32Array(outHeight * outWidth * outputs);
  for (let row = 0; row < outHeight; row++)
    for (let column = 0; column < outWidth; column++)
      for (let output = 0; output < outputs; output++) {
        let sum = 0;
        for (let r = 0; r < rows; r++)
          for (let c = 0; c < columns; c++) {
            const [v, h] = [row * stride + r - top, column * stride + c - left];
            if (v < 0 || h < 0 || v >= height || h >= width) continue;
            const place = (v * width + h) * channels;
            const weights = (r * columns + c) * channels * last;
            if (depthwise) sum += at(x, place + Math.floor(output / last)) * at(kernel, weights + output);
            else for (let i = 0; i < channels; i++) sum += at(x, place + i) * at(kernel, weights + i * last + output);
          }
        values[(row * outWidth + column) * outputs + output] = sum;
      }
  return { shape: [1, outHeight, outWidth, outputs], values };
}

function at({ values }: { values: Float32Array }, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`no value at ${index}`);
  return value;
}
