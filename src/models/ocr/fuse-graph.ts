import type { onnx as Onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const { DataType, DataLocation } = onnx.TensorProto;
const FLOAT = DataType.FLOAT;

/**
 * The same network in words that ONNX Runtime fuses into its convolutions: a factor and an addend that are single numbers
 * become a batch normalisation, and `y * clip(y + 3, 0, 6) / 6` becomes `y * hardSigmoid(y)`. As PaddleOCR writes them
 * out, they take more of the processor than the convolutions, since each reads and writes the whole picture, and ONNX
 * Runtime brings it from its own order of values to the usual one for them, and back.
 * @returns undefined where there is nothing of that, or more than a plain graph, as of a network that anybody may bring
 */
export function fuseGraph(model: Uint8Array): Uint8Array | undefined {
  const decoded = decode(model);
  const graph = decoded?.graph;
  if (!decoded || !graph?.node || !isPlain(graph)) return undefined;
  const before = graph.node.length;
  graph.node = joinHardSwishes(graph);
  graph.node = joinAffines(graph);
  if (graph.node.length === before) return undefined;
  // ONNX Runtime warns of each constant that nobody takes.
  const { usesOf } = readGraph(graph);
  graph.node = graph.node.filter(({ opType, output }) => opType !== 'Constant' || usesOf(output?.[0]) > 0);
  return onnx.ModelProto.encode(decoded).finish();
}

function decode(model: Uint8Array): Onnx.IModelProto | undefined {
  try {
    return onnx.ModelProto.decode(model);
  } catch {
    // ONNX Runtime reads more than this format, and knows what to say of what it cannot read.
    return undefined;
  }
}

/** Whether nothing of it is elsewhere: no graphs within its nodes, no numbers in other files, no operators but ONNX's own. */
function isPlain({ node: nodes, initializer: tensors }: Graph): boolean {
  const isOwn = ({ domain, attribute }: Node) => !domain && !attribute?.some(({ g, graphs }) => g || graphs?.length);
  return (nodes ?? []).every(isOwn) && !tensors?.some(({ dataLocation }) => dataLocation === DataLocation.EXTERNAL);
}

type Node = Onnx.INodeProto;
type Graph = Onnx.IGraphProto;

/** Who makes each value of a graph, and how many take it. */
function readGraph({ node: nodes, output: results }: Graph) {
  const makers = new Map<string, Node>();
  const uses = new Map<string, number>();
  const usesOf = (name = '') => uses.get(name) ?? 0;
  for (const { name } of results ?? []) uses.set(name ?? '', 1);
  for (const node of nodes ?? []) {
    for (const output of node.output ?? []) makers.set(output, node);
    for (const input of node.input ?? []) uses.set(input, usesOf(input) + 1);
  }
  const makerOf = (name: string | undefined, opType: string): Node | undefined => {
    const node = makers.get(name ?? '');
    return node?.opType === opType ? node : undefined;
  };
  const constantOf = (name: string | undefined) => makerOf(name, 'Constant')?.attribute?.[0]?.t ?? undefined;
  /** A constant of one number, which takes the shape of whatever it meets. */
  const numberOf = (name: string | undefined): number | undefined => {
    const constant = constantOf(name);
    const values = constant?.dataType === FLOAT ? floatsOf(constant) : undefined;
    return values?.length === 1 && (constant?.dims?.length ?? 0) <= 1 ? values[0] : undefined;
  };
  /** The number and the other input of a node of two inputs. */
  const split = (node: Node | undefined): { number: number; other: string } | undefined => {
    const [first = '', second = ''] = node?.input ?? [];
    const [left, right] = [numberOf(first), numberOf(second)];
    if (left !== undefined) return { number: left, other: second };
    return right === undefined ? undefined : { number: right, other: first };
  };
  /** The maker of a value that only one node takes, so that it can be replaced together with that. */
  const partOf = (name: string | undefined, opType: string) => (usesOf(name) === 1 ? makerOf(name, opType) : undefined);
  return { usesOf, makerOf, partOf, constantOf, numberOf, split };
}

function floatsOf({ rawData, floatData }: Onnx.ITensorProto): Float32Array {
  if (!rawData?.length) return Float32Array.from(floatData ?? []);
  return new Float32Array(new Uint8Array(rawData).buffer);
}

function joinHardSwishes(graph: Graph): Node[] {
  const nodes = graph.node ?? [];
  const { partOf, numberOf, split } = readGraph(graph);
  // Inputs since opset 11, attributes before.
  const limitOf = (clip: Node, at: number, name: string) =>
    clip.attribute?.find((attribute) => attribute.name === name)?.f ?? numberOf(clip.input?.[at]);
  const replaced = new Map<Node, Node[]>();
  for (const node of nodes) {
    if (node.opType !== 'Div' || numberOf(node.input?.[1]) !== 6) continue;
    const product = partOf(node.input?.[0], 'Mul');
    const [value = '', clipped = ''] = product?.input ?? [];
    const clip = partOf(clipped, 'Clip');
    const sum = partOf(clip?.input?.[0], 'Add');
    const parts = split(sum);
    if (!product || !clip || !sum || parts?.number !== 3 || parts.other !== value) continue;
    if (limitOf(clip, 1, 'min') !== 0 || limitOf(clip, 2, 'max') !== 6) continue;
    for (const part of [product, clip, sum]) replaced.set(part, []);
    const attribute = [float('alpha', 1 / 6), float('beta', 0.5)];
    replaced.set(node, [
      { opType: 'HardSigmoid', input: [value], output: [clipped], attribute },
      { opType: 'Mul', input: [value, clipped], output: node.output ?? [] },
    ]);
  }
  return nodes.flatMap((node) => replaced.get(node) ?? [node]);
}

function joinAffines(graph: Graph): Node[] {
  const nodes = graph.node ?? [];
  const { partOf, makerOf, constantOf, split } = readGraph(graph);
  // Only values whose channels are known can be normalised.
  const channels = new Map<string, number>();
  const replaced = new Map<Node, Node[]>();
  for (const node of nodes) {
    const [output = ''] = node.output ?? [];
    if (node.opType === 'Conv') channels.set(output, Number(constantOf(node.input?.[1])?.dims?.[0] ?? 0));
    // What is multiplied with its own sigmoid.
    const [value = '', factor = ''] = node.input ?? [];
    const isSwish = node.opType === 'Mul' && makerOf(factor, 'HardSigmoid')?.input?.[0] === value;
    if (isSwish) channels.set(output, channels.get(value) ?? 0);
    const sum = node.opType === 'Add' ? split(node) : undefined;
    const scaled = partOf(sum?.other, 'Mul');
    const product = split(scaled);
    const count = channels.get(product?.other ?? '') ?? 0;
    if (!sum || !scaled || !product || count === 0) continue;
    channels.set(output, count);
    const constants = [product.number, sum.number, 0, 1].map((number, at) => {
      const name = `${output}:affine:${at}`;
      const rawData = new Uint8Array(new Float32Array(count).fill(number).buffer);
      graph.initializer?.push({ name, dims: [count], dataType: FLOAT, rawData });
      return name;
    });
    replaced.set(scaled, []);
    replaced.set(node, [
      {
        opType: 'BatchNormalization',
        input: [product.other, ...constants],
        output: [output],
        attribute: [float('epsilon', 0)],
      },
    ]);
  }
  return nodes.flatMap((node) => replaced.get(node) ?? [node]);
}

function float(name: string, f: number): Onnx.IAttributeProto {
  return { name, type: AttributeType.FLOAT, f };
}
