import { addTo, normalize } from './vectors.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A vector; or, when the text names nothing that the model knows, that text and up to five near names. */
export type TextEncoding = { vector: Float32Array } | { unknown: string; suggestions: string[] };

/**
 * A text encoder made of a classifier: the weights of a class are a direction in the space of the image features, so a
 * text that names classes is their sum. Each phrase counts the same, however many classes it covers.
 */
export function createClassText(
  vocabulary: Vocabulary,
  rowBytes: Uint8Array,
  dimensions: number,
): (text: string) => TextEncoding {
  const rows = unitRows(rowBytes, dimensions);
  return (text) => {
    const named = vocabulary.find(text);
    if ('unknown' in named) return named;
    const vector = new Float32Array(dimensions);
    for (const { classes } of named.phrases) {
      const sum = new Float32Array(dimensions);
      for (const id of classes) addTo(sum, rows[id] ?? new Float32Array(dimensions));
      addTo(vector, normalize(sum));
    }
    return { vector: normalize(vector) };
  };
}

function unitRows(bytes: Uint8Array, dimensions: number): Float32Array[] {
  const all = new Float32Array(bytes.slice().buffer);
  return Array.from({ length: all.length / dimensions }, (_, id) =>
    normalize(all.slice(id * dimensions, (id + 1) * dimensions)),
  );
}
