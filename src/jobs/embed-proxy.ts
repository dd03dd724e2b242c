import { join } from 'node:path';
import type { App } from '../app.ts';
import type { EmbeddingScope, Modality, TranscriptLine } from '../db/values.ts';
import type { NewSegment, Span } from '../domain/segments.ts';
import type { MediaProxy, ProxyFrame } from '../media/media.ts';
import { averageVector } from './average-vector.ts';

/** What is to be embedded, how, and of which part of a video. */
export interface ProxyEmbedding {
  /** The folder of the proxy. */
  folder: string;
  proxy: MediaProxy;
  model: string;
  modalities: readonly Modality[];
  scopes: readonly EmbeddingScope[];
  /** The clips. */
  spans: readonly Span[];
  /** What the scope VIDEO stands for. */
  whole: Span;
  /** The spoken words, where they came with the video. */
  lines: readonly TranscriptLine[] | null;
  /** What is spoken, as a BCP 47 tag. */
  language: string | null;
  signal: AbortSignal;
  /** Says how much is done, 0 to 1. */
  report(fraction: number): void;
}

/** What was found in a proxy; `lines` and `language` are those given, or what was recognised. */
export interface EmbeddedProxy {
  segments: NewSegment[];
  lines: readonly TranscriptLine[] | null;
  language: string | null;
}

/** Embeds what a proxy holds in each of the modalities; the video itself is not read again. */
export async function embedProxy(app: App, given: ProxyEmbedding): Promise<EmbeddedProxy> {
  const segments = given.modalities.includes('VISUAL') ? await embedPictures(app, given) : [];
  return { segments, lines: given.lines, language: given.language };
}

async function embedPictures(app: App, given: ProxyEmbedding): Promise<NewSegment[]> {
  const { folder, spans, whole, scopes, signal, report } = given;
  const { frames } = given.proxy;
  const encoder = await app.models.visual(given.model);
  const vectors: Float32Array[] = [];
  for (let start = 0; start < frames.length; start += encoder.batchSize) {
    signal.throwIfAborted();
    const batch = frames.slice(start, start + encoder.batchSize).map(({ file }) => join(folder, file));
    vectors.push(...(await encoder.encodeImages(batch, { signal })));
    report(vectors.length / frames.length);
  }
  const embed = (span: Span, scope: NewSegment['scope']): NewSegment => {
    const shown = framesWithin(frames, span);
    const middle = shown[Math.floor(shown.length / 2)];
    return {
      ...span,
      modality: 'VISUAL',
      scope,
      thumbnail: middle === undefined ? null : (frames[middle]?.file ?? null),
      text: null,
      embedding: averageVector(shown.flatMap((n) => vectors[n] ?? [])),
    };
  };
  return [
    ...(scopes.includes('CLIP') ? spans.map((span) => embed(span, 'CLIP')) : []),
    ...(scopes.includes('VIDEO') ? [embed(whole, 'VIDEO')] : []),
  ];
}

/** The places of the frames that a span shows: those taken within it, or else the last one before it. */
function framesWithin(frames: readonly ProxyFrame[], { startOffset, endOffset }: Span): number[] {
  const within = frames.flatMap(({ time }, n) => (time >= startOffset && time < endOffset ? [n] : []));
  if (within.length > 0) return within;
  const before = frames.findLastIndex(({ time }) => time <= startOffset);
  return frames.length === 0 ? [] : [Math.max(before, 0)];
}
