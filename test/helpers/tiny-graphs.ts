import type { onnx as Onnx } from 'onnx-proto';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;

const TYPES = { float: 1, int8: 3, int64: 7, bool: 9 } as const;
type Type = keyof typeof TYPES;
/** The type of a value and its shape; a name stands for a size that may vary. */
export type Value = [Type, ...(number | string)[]];

/** A graph in the making. */
export interface Graph {
  /** Adds a constant and gives its name. */
  constant(type: Type, dims: number[], values: ArrayLike<number>): string;
  /** Adds an operation with one output and gives that output's name: `as`, or one made up. */
  add(op: string, inputs: string[], attributes?: Record<string, number | number[]>, as?: string): string;
  /** Adds an operation with several outputs and gives their names. */
  addAll(op: string, inputs: string[], outputs: number): string[];
}

/** An ONNX model of the given inputs and outputs, whose operations `build` adds. @param opset 13 unless given */
export function makeModel(
  inputs: Record<string, Value>,
  outputs: Record<string, Value>,
  build: (graph: Graph) => void,
  opset = 13,
): Uint8Array {
  const nodes: Onnx.INodeProto[] = [];
  const initializers: Onnx.ITensorProto[] = [];
  build({
    constant(type, dims, values) {
      const name = `constant${initializers.length}`;
      const data = arrayOf(type, values);
      initializers.push({ name, dims, dataType: TYPES[type], rawData: new Uint8Array(data.buffer) });
      return name;
    },
    add(opType, from, attributes = {}, as = `value${nodes.length}`) {
      const attribute = Object.entries(attributes).map(([name, value]) =>
        Array.isArray(value)
          ? { name, type: AttributeType.INTS, ints: value }
          : { name, type: AttributeType.INT, i: value },
      );
      nodes.push({ opType, name: as, input: from, output: [as], attribute });
      return as;
    },
    addAll(opType, from, outputs) {
      const names = Array.from({ length: outputs }, (_, at) => `value${nodes.length}.${at}`);
      nodes.push({ opType, name: `node${nodes.length}`, input: from, output: names });
      return names;
    },
  });
  const infos = (values: Record<string, Value>): Onnx.IValueInfoProto[] =>
    Object.entries(values).map(([name, [type, ...dims]]) => ({
      name,
      type: {
        tensorType: {
          elemType: TYPES[type],
          shape: { dim: dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
        },
      },
    }));
  return onnx.ModelProto.encode({
    irVersion: 7,
    opsetImport: [{ domain: '', version: opset }],
    graph: { name: 'tiny', node: nodes, initializer: initializers, input: infos(inputs), output: infos(outputs) },
  }).finish();
}

function arrayOf(type: Type, values: ArrayLike<number>): Float32Array | BigInt64Array | Int8Array {
  if (type === 'int64') return BigInt64Array.from(Array.from(values), BigInt);
  return type === 'int8' ? Int8Array.from(values) : Float32Array.from(values);
}

const TEXT_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] as const;
export type TextInput = (typeof TEXT_INPUTS)[number];

/** A network of texts: one vector for each token, from a table; `pooled` gives the mean of those that the mask holds. */
export function makeTextModel(
  table: readonly (readonly number[])[],
  { inputs, output, pooled }: { inputs: readonly TextInput[]; output: string; pooled: boolean },
): Uint8Array {
  const dimensions = table[0]?.length ?? 0;
  const shapes = Object.fromEntries(inputs.map((name): [string, Value] => [name, ['int64', 'batch', 'length']]));
  const result: Value = pooled ? ['float', 'batch', dimensions] : ['float', 'batch', 'length', dimensions];
  return makeModel(shapes, { [output]: result }, ({ add, constant }) => {
    const rows = constant('float', [table.length, dimensions], table.flat());
    const each = add('Gather', [rows, 'input_ids'], {}, pooled ? undefined : output);
    if (!pooled) return;
    if (!inputs.includes('attention_mask')) {
      add('ReduceMean', [each], { axes: [1], keepdims: 0 }, output);
      return;
    }
    const axes = constant('int64', [1], [1]);
    const last = constant('int64', [1], [2]);
    const mask = add('Unsqueeze', [add('Cast', ['attention_mask'], { to: TYPES.float }), last]);
    const sum = add('ReduceSum', [add('Mul', [each, mask]), axes], { keepdims: 0 });
    add('Div', [sum, add('ReduceSum', [mask, axes], { keepdims: 0 })], {}, output);
  });
}

/** A network of pictures: the mean of each channel, times a matrix of 3 rows. */
export function makeVisionModel(matrix: readonly (readonly number[])[], output: string): Uint8Array {
  const dimensions = matrix[0]?.length ?? 0;
  const input: Value = ['float', 'batch', 3, 'height', 'width'];
  return makeModel({ pixel_values: input }, { [output]: ['float', 'batch', dimensions] }, ({ add, constant }) => {
    const means = add('Flatten', [add('GlobalAveragePool', ['pixel_values'])]);
    add('MatMul', [means, constant('float', [3, dimensions], matrix.flat())], {}, output);
  });
}

/** CLAP's network of sounds: the mean over time of each of its 64 bands, times a matrix of 64 rows. */
export function makeSoundModel(matrix: readonly (readonly number[])[], output: string): Uint8Array {
  const dimensions = matrix[0]?.length ?? 0;
  const input: Value = ['float', 'batch', 1, 'time', 64];
  return makeModel({ input_features: input }, { [output]: ['float', 'batch', dimensions] }, ({ add, constant }) => {
    const bands = add('Flatten', [add('ReduceMean', ['input_features'], { axes: [2] })]);
    add('MatMul', [bands, constant('float', [64, dimensions], matrix.flat())], {}, output);
  });
}
