import type { EmbeddingScope, Modality, TranscriptLine } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';
import type { NewSegment } from '../domain/segments.ts';
import type { MediaProxy } from '../media/media.ts';

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
  /** The clips by time, then what stands for the whole. */
  segments: NewSegment[];
  lines: readonly TranscriptLine[] | null;
  language: string | null;
}
