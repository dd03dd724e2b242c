import { join } from 'node:path';
import type { App } from '../app.ts';
import type { EmbeddingScope } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';
import type { NewSegment } from '../domain/segments.ts';
import type { ProxyFrame } from '../media/media.ts';
import { averageVector } from './average-vector.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** Embeds the pictures of a proxy: that of a clip is the mean of its frames. */
export async function embedPictures(app: App, given: ProxyEmbedding): Promise<NewSegment[]> {
  const { folder, spans, whole, scopes, signal, report } = given;
  const { frames } = given.proxy;
  const encoder = await app.models.visual(given.model);
  const files = frames.map(({ file }) => join(folder, file));
  const vectors = await encoder.encodeImages(files, { signal, onProgress: report });
  const embed = (span: Span, scope: EmbeddingScope): NewSegment => ({
    ...span,
    modality: 'VISUAL',
    scope,
    thumbnail: thumbnailOf(frames, span),
    text: null,
    embedding: averageVector(framesWithin(frames, span).flatMap((n) => vectors[n] ?? [])),
  });
  return [
    ...(scopes.includes('CLIP') ? spans.map((span) => embed(span, 'CLIP')) : []),
    ...(scopes.includes('VIDEO') ? [embed(whole, 'VIDEO')] : []),
  ];
}

/** The file of the frame in the middle of a span; null where there are no frames. */
export function thumbnailOf(frames: readonly ProxyFrame[], span: Span): string | null {
  const shown = framesWithin(frames, span);
  return frames[shown[Math.floor(shown.length / 2)] ?? 0]?.file ?? null;
}

/** The places of the frames that a span shows: those taken within it, or else the last one before it. */
function framesWithin(frames: readonly ProxyFrame[], { startOffset, endOffset }: Span): number[] {
  const from = firstFrom(frames, startOffset);
  const to = firstFrom(frames, endOffset);
  if (to > from) return Array.from({ length: to - from }, (_, n) => from + n);
  return frames.length === 0 ? [] : [Math.max(from - 1, 0)];
}

/** The place of the first frame at this time or after it, found by halving: a long video has thousands, and many clips. */
function firstFrom(frames: readonly ProxyFrame[], time: number): number {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
