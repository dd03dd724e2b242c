import { join } from 'node:path';
import type { App } from '../app.ts';
import type { EmbeddingScope } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';
import type { NewSegment } from '../domain/segments.ts';
import type { ProxyFrame } from '../media/media.ts';
import { allOrNone } from './all-or-none.ts';
import { averageVector } from './average-vector.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** The pictures of one are decoded on other threads while the network runs on another's. */
const BATCHES_AT_ONCE = 2;

/** Embeds the pictures of a proxy: that of a clip is the mean of its frames. */
export async function embedPictures(app: App, given: ProxyEmbedding): Promise<NewSegment[]> {
  const { folder, spans, whole, scopes, signal, report } = given;
  const { frames } = given.proxy;
  const encoder = await app.models.visual(given.model);
  const batches = Array.from({ length: Math.ceil(frames.length / encoder.batchSize) }, (_, n) =>
    frames.slice(n * encoder.batchSize, (n + 1) * encoder.batchSize).map(({ file }) => join(folder, file)),
  );
  let done = 0;
  const encoded = await allOrNone(batches, { signal, atOnce: BATCHES_AT_ONCE }, async (batch, ends) => {
    const found = await encoder.encodeImages(batch, { signal: ends });
    done += batch.length;
    report(done / frames.length);
    return found;
  });
  const vectors = encoded.flat();
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
