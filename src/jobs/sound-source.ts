import type { Media } from '../media/media.ts';
import type { SoundSource } from '../models/models.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** Of the proxy's own sound. */
const RATE = 16_000;

/** The sound of the part of a video that is to be embedded, which begins at 0. */
export function createSoundSource(
  media: Media,
  { folder, whole, signal }: Pick<ProxyEmbedding, 'folder' | 'whole' | 'signal'>,
): SoundSource {
  return {
    duration: whole.endOffset - whole.startOffset,
    read(start, end) {
      const part = { start: whole.startOffset + start, end: Math.min(whole.startOffset + end, whole.endOffset) };
      return media.readSound(folder, { ...part, sampleRate: RATE }, { signal });
    },
  };
}
