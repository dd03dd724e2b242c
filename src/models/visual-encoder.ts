import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClassText } from './class-text.ts';
import type { VisualEncoder } from './encoders.ts';
import { loadImageEncoder } from './image-encoder.ts';
import type { VisualManifest } from './visual-manifest.ts';
import { parseVocabulary } from './vocabulary.ts';

/** Loads the session and the words of an installed model. `threads` is how many threads a run may use. */
export async function loadVisualEncoder(
  folder: string,
  { images, text, dimensions }: VisualManifest,
  threads: number,
): Promise<VisualEncoder & { close(): Promise<void> }> {
  const rows = await readFile(join(folder, text.rows));
  const vocabulary = parseVocabulary(await readFile(join(folder, text.vocabulary), 'utf8'));
  const encodeText = createClassText(vocabulary, rows, dimensions);
  const pictures = await loadImageEncoder(join(folder, images.file), images, dimensions, threads);
  return { ...pictures, dimensions, encodeText: async (text) => encodeText(text) };
}
