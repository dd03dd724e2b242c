import { join } from 'node:path';
import type { TextNetworkManifest } from './hub-parts.ts';
import { loadNetwork, splitRows } from './network.ts';
import { loadTextTokens } from './text-tokens.ts';
import { normalize } from './vectors.ts';

/** Brings texts, run together, to vectors of length 1. */
export interface TextNetwork {
  encode(texts: readonly string[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Loads a network of texts and its tokenizer. */
export async function loadTextNetwork(
  folder: string,
  { file, output, pooling, tokens }: TextNetworkManifest,
  dimensions: number,
  threads: number,
): Promise<TextNetwork> {
  const tokenize = await loadTextTokens(folder, tokens);
  const variesInShape = tokens.pad === 'longest';
  const network = await loadNetwork(join(folder, file), output, threads, { variesInShape });
  return {
    async encode(texts) {
      if (texts.length === 0) return [];
      const { tensors, mask, length } = tokenize(texts);
      const found = await network.run(tensors);
      if (pooling === 'none') return splitRows(found, texts.length, dimensions).map(normalize);
      return splitRows(found, texts.length, length * dimensions).map((rows, at) =>
        normalize(
          pooling === 'first'
            ? rows.slice(0, dimensions)
            : meanOf(rows, mask.slice(at * length, (at + 1) * length), dimensions),
        ),
      );
    },
    close: () => network.close(),
  };
}

/** The mean of those rows for which the mask holds 1 (Sentence-BERT, https://arxiv.org/abs/1908.10084). */
export function meanOf(rows: Float32Array, mask: readonly number[], dimensions: number): Float32Array {
  const mean = new Float32Array(dimensions);
  const count = Math.max(1, mask.filter(Boolean).length);
  for (const [row, used] of mask.entries()) {
    if (!used) continue;
    for (let at = 0; at < dimensions; at++) mean[at] = (mean[at] ?? 0) + (rows[row * dimensions + at] ?? 0) / count;
  }
  return mean;
}
