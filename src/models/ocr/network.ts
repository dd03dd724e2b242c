import { readFile } from 'node:fs/promises';
import { Tensor } from '../onnx-runtime.ts';
import { createSession } from '../onnx-session.ts';
import { fuseGraph } from './fuse-graph.ts';

/** Runs a network that has one input and one output. */
export interface Network {
  /** Gives the output's values and shape for values of this shape. */
  run(values: Float32Array, shape: readonly number[]): Promise<{ data: Float32Array; dims: readonly number[] }>;
  close(): Promise<void>;
}

/** Loads a network; `threads` is how many a run may use. */
export async function loadNetwork(file: string, threads: number): Promise<Network> {
  // A picture's shape decides that of the input, and a line's its width.
  const session = await createSession(fuseGraph(await readFile(file)) ?? file, threads, { variesInShape: true });
  const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
  return {
    async run(values, shape) {
      const found = (await session.run({ [input]: new Tensor('float32', values, shape) }, [output]))[output];
      if (!(found?.data instanceof Float32Array)) throw new Error(`${file} gave ${found?.type}, not float32.`);
      return { data: found.data, dims: found.dims };
    },
    close: () => session.release(),
  };
}
