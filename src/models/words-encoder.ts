import type { WordsEncoder } from './encoders.ts';
import type { WordsManifest } from './hub-parts.ts';
import { loadTextNetwork } from './text-network.ts';

/** Loads the encoder of words of an installed bundle. `threads` is how many threads a run may use. */
export async function loadWordsEncoder(
  folder: string,
  { dimensions, text, prefixes, batchSize }: WordsManifest,
  threads: number,
): Promise<WordsEncoder & { close(): Promise<void> }> {
  const network = await loadTextNetwork(folder, text, dimensions, threads);
  return {
    dimensions,
    batchSize,
    async encodePassages(texts, { signal } = {}) {
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += batchSize) {
        signal?.throwIfAborted();
        const batch = texts.slice(at, at + batchSize).map((passage) => `${prefixes?.passage ?? ''}${passage}`);
        vectors.push(...(await network.encode(batch)));
      }
      return vectors;
    },
    async encodeQuery(query) {
      const [vector] = await network.encode([`${prefixes?.query ?? ''}${query}`]);
      if (!vector) throw new Error('The network gave no vector.');
      return vector;
    },
    close: () => network.close(),
  };
}
