import type { InferenceSession, Tensor } from './onnx-runtime.ts';
import { createSession, type SessionOptions } from './onnx-session.ts';

/** A loaded network, of whose outputs one is used. */
export interface Network {
  /** Runs it on those of the given tensors that it asks for, and gives the output. */
  run(given: Record<string, Tensor>): Promise<{ data: Float32Array; dims: readonly number[] }>;
  close(): Promise<void>;
}

/**
 * Loads a network. Exports of one model differ in what they ask for (an attention mask or none) and, where there is but
 * one input, in its name; so the session's own names decide what is fed. Throws where it has no output of that name, and
 * later where it asks for what is not given.
 */
export async function loadNetwork(
  path: string,
  output: string,
  threads: number,
  options?: SessionOptions,
): Promise<Network> {
  const session = await createSession(path, threads, options);
  if (!session.outputNames.includes(output)) {
    await session.release();
    throw new Error(`${path} has no output "${output}", but ${session.outputNames.join(', ')}.`);
  }
  return {
    async run(given) {
      const found = (await session.run(chooseFeeds(path, session, given), [output]))[output];
      if (!(found?.data instanceof Float32Array)) throw new Error(`${path} gave ${found?.type}, not float32.`);
      return { data: found.data, dims: found.dims };
    },
    close: () => session.release(),
  };
}

function chooseFeeds(path: string, { inputNames }: InferenceSession, given: Record<string, Tensor>) {
  const [only, ...others] = inputNames;
  const [first] = Object.values(given);
  if (only !== undefined && others.length === 0 && first) return { [only]: given[only] ?? first };
  return Object.fromEntries(
    inputNames.map((name) => {
      const tensor = given[name];
      if (!tensor) throw new Error(`${path} asks for "${name}"; known are ${Object.keys(given).join(', ')}.`);
      return [name, tensor];
    }),
  );
}

/** The rows of an output of the shape [count, dimensions]; throws where it is of another. */
export function splitRows(
  { data, dims }: { data: Float32Array; dims: readonly number[] },
  count: number,
  dimensions: number,
): Float32Array[] {
  if (data.length !== count * dimensions) {
    throw new Error(`The network gave values of the shape ${dims.join(' x ')}, not ${count} vectors of ${dimensions}.`);
  }
  return Array.from({ length: count }, (_, at) => data.slice(at * dimensions, (at + 1) * dimensions));
}
