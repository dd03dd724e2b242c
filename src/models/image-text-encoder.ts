import { join } from 'node:path';
import type { VisualEncoder } from './encoders.ts';
import type { ImageTextManifest } from './hub-parts.ts';
import { loadImageEncoder } from './image-encoder.ts';
import { loadTextNetwork } from './text-network.ts';

/** Loads the two networks of an installed bundle. `threads` is how many threads a run may use. */
export async function loadImageTextEncoder(
  folder: string,
  { dimensions, images, text: { template = '{}', ...network } }: ImageTextManifest,
  threads: number,
): Promise<VisualEncoder & { close(): Promise<void> }> {
  const pictures = await loadImageEncoder(join(folder, images.file), images, dimensions, threads);
  const texts = await loadTextNetwork(folder, network, dimensions, threads).catch(async (error) => {
    await pictures.close();
    throw error;
  });
  return {
    dimensions,
    batchSize: pictures.batchSize,
    encodeImages: pictures.encodeImages,
    async encodeText(text) {
      const [vector] = await texts.encode([template.replace('{}', () => text)]);
      if (!vector) throw new Error('The network gave no vector.');
      return { vector };
    },
    async close() {
      await pictures.close();
      await texts.close();
    },
  };
}
