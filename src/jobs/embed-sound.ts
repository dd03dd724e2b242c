import type { App } from '../app.ts';
import type { EmbeddingScope } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';
import type { NewSegment } from '../domain/segments.ts';
import { averageVector } from './average-vector.ts';
import { thumbnailOf } from './embed-pictures.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** Seconds that are embedded at once: what CLAP hears of a sound. */
const LONGEST_WINDOW = 10;
/** Seconds; less is no sound that could be told from another. */
const SHORTEST_WINDOW = 0.1;

/** A part of a clip, and the clip's place. */
interface Window extends Span {
  clip: number;
}

/** Embeds the sound of the clips that have any: that of a longer one is the mean of windows of up to 10 seconds. */
export async function embedSound(app: App, given: ProxyEmbedding): Promise<NewSegment[]> {
  const { spans, whole, scopes, signal, report } = given;
  if (!given.proxy.sound) return [];
  const encoder = await app.models.audio(given.model);
  const windows = spans.flatMap(cutWindows);
  const vectors: Float32Array[][] = spans.map(() => []);
  for (let start = 0; start < windows.length; start += encoder.batchSize) {
    signal.throwIfAborted();
    const batch = windows.slice(start, start + encoder.batchSize);
    const sounds = await readWindows(app, given, batch, encoder.sampleRate);
    const encoded = await encoder.encodeSounds(
      sounds.map(({ samples }) => samples),
      { signal },
    );
    for (const [n, vector] of encoded.entries()) vectors[sounds[n]?.clip ?? 0]?.push(vector);
    report((start + batch.length) / windows.length);
  }
  const segment = (span: Span, scope: EmbeddingScope, embedding: Float32Array | null): NewSegment[] => {
    const thumbnail = thumbnailOf(given.proxy.frames, span);
    return embedding ? [{ ...span, modality: 'AUDIO', scope, thumbnail, text: null, embedding }] : [];
  };
  return [
    ...(scopes.includes('CLIP')
      ? spans.flatMap((span, n) => segment(span, 'CLIP', averageVector(vectors[n] ?? [])))
      : []),
    ...(scopes.includes('VIDEO') ? segment(whole, 'VIDEO', averageVector(vectors.flat())) : []),
  ];
}

/** Parts of equal length. */
function cutWindows({ startOffset, endOffset }: Span, clip: number): Window[] {
  const count = Math.max(1, Math.ceil((endOffset - startOffset) / LONGEST_WINDOW));
  const length = (endOffset - startOffset) / count;
  return Array.from({ length: count }, (_, n) => {
    return { clip, startOffset: startOffset + n * length, endOffset: startOffset + (n + 1) * length };
  });
}

/** The samples of windows that lie together, decoded at once; without those that the sound does not reach. */
async function readWindows(
  app: App,
  { folder, signal }: ProxyEmbedding,
  windows: readonly Window[],
  sampleRate: number,
): Promise<{ clip: number; samples: Float32Array }[]> {
  const start = Math.min(...windows.map(({ startOffset }) => startOffset));
  const end = Math.max(...windows.map(({ endOffset }) => endOffset));
  const sound = await app.media.readSound(folder, { start, end, sampleRate }, { signal });
  const place = (time: number) => Math.round((time - start) * sampleRate);
  return windows
    .map(({ clip, startOffset, endOffset }) => ({ clip, samples: sound.slice(place(startOffset), place(endOffset)) }))
    .filter(({ samples }) => samples.length >= SHORTEST_WINDOW * sampleRate);
}
