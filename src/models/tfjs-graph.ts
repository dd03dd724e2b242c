import { z } from 'zod';

const list = z.object({ i: z.array(z.string()).optional(), s: z.array(z.string()).optional() });
const attribute = z.object({ s: z.string().optional(), b: z.boolean().optional(), list: list.optional() });
const node = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attribute).default({}),
});
const weight = z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.enum(['float32', 'int32']) });
const model = z.object({
  format: z.literal('graph-model'),
  modelTopology: z.object({ node: z.array(node) }),
  weightsManifest: z.array(z.object({ weights: z.array(weight) })),
});

export type GraphNode = z.infer<typeof node>;
/** Row-major values, in TensorFlow's own axis order. */
export type Tensor = { shape: number[]; values: Float32Array };
/** A TensorFlow.js graph model: its nodes by name, and its constants by the name of their node. */
export type TfjsGraph = { nodes: Map<string, GraphNode>; tensors: Map<string, Tensor> };

/**
 * Reads a TensorFlow.js graph model: `model.json`, and the bytes of its weight shards in order. Weights lie in the
 * shards one after the other, little-endian and unpadded. Throws when the sizes do not add up.
 */
export function parseTfjsGraph(json: string, weights: Uint8Array): TfjsGraph {
  const parsed = model.parse(JSON.parse(json));
  const nodes = new Map(parsed.modelTopology.node.map((value) => [value.name, value]));
  const tensors = new Map<string, Tensor>();
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  let offset = 0;
  for (const { name, shape, dtype } of parsed.weightsManifest.flatMap((group) => group.weights)) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (offset + count * 4 > view.byteLength) throw new Error(`The weights end before ${name}.`);
    const values = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      const at = offset + index * 4;
      values[index] = dtype === 'float32' ? view.getFloat32(at, true) : view.getInt32(at, true);
    }
    tensors.set(name, { shape, values });
    offset += count * 4;
  }
  if (offset !== view.byteLength) throw new Error(`The weights are ${view.byteLength} bytes long, not ${offset}.`);
  return { nodes, tensors };
}

/** The constant of that name; throws when there is none. */
export function constantOf(graph: TfjsGraph, name: string): Tensor {
  const tensor = graph.tensors.get(name);
  if (!tensor) throw new Error(`The graph has no constant ${name}.`);
  return tensor;
}

/** A list of integers among a node's attributes: strides, dilations. */
export function integers(value: GraphNode, name: string): number[] {
  return (value.attr[name]?.list?.i ?? []).map(Number);
}

/** A text among a node's attributes, where TensorFlow.js keeps texts in base64. */
export function text(value: GraphNode, name: string): string {
  return Buffer.from(value.attr[name]?.s ?? '', 'base64').toString();
}

/** A list of texts among a node's attributes. */
export function texts(value: GraphNode, name: string): string[] {
  return (value.attr[name]?.list?.s ?? []).map((item) => Buffer.from(item, 'base64').toString());
}
