import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { App } from '../app.ts';
import type { EmbeddingScope } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';
import type { NewSegment } from '../domain/segments.ts';
import { averageVector } from './average-vector.ts';
import { thumbnailOf } from './embed-pictures.ts';
import type { ProxyEmbedding } from './proxy-embedding.ts';

/** Characters of a clip; nobody speaks 20,000 in its 10 minutes, but a file may say so of every second. */
const LONGEST_CLIP_TEXT = 20_000;
/**
 * Characters of all clips, ten times what is spoken in two hours: a line that lasts as long as the video is in each. Of
 * many clips each has room for a sentence nevertheless.
 */
const LONGEST_TEXT = 2_000_000;
const LEAST_CLIP_TEXT = 200;
/** Clips whose words are looked for in one go. */
const CLIPS_AT_ONCE = 50;
/** Characters; the whole of a longer text is there by its clips, and spoken words by the transcript. */
const LONGEST_WHOLE_TEXT = 100_000;

/**
 * Makes segments of the words in a video, for the clips that have any: with vectors where the model has them for words.
 * That of the whole is the mean of the clips'.
 * @param wordsIn the words in a span, at most so many characters of them
 */
export async function embedTexts(
  app: App,
  given: ProxyEmbedding,
  modality: 'TRANSCRIPTION' | 'TEXT_IN_VIDEO',
  wordsIn: (span: Span, most: number) => string,
): Promise<NewSegment[]> {
  const { spans, whole, scopes } = given;
  const most = Math.min(LONGEST_CLIP_TEXT, Math.max(LEAST_CLIP_TEXT, Math.floor(LONGEST_TEXT / spans.length)));
  const clips: { span: Span; text: string }[] = [];
  for (const [n, span] of spans.entries()) {
    if (n % CLIPS_AT_ONCE === 0) await letOthersRun();
    given.signal.throwIfAborted();
    const text = wordsIn(span, most);
    if (text !== '') clips.push({ span, text });
  }
  const vectors = await encodeWords(
    app,
    given,
    modality,
    clips.map(({ text }) => text),
  );
  const segment = (span: Span, scope: EmbeddingScope, text: string | null, embedding: Float32Array | null) => {
    return { ...span, modality, scope, thumbnail: thumbnailOf(given.proxy.frames, span), text, embedding };
  };
  const all = wordsIn(whole, LONGEST_WHOLE_TEXT + 1);
  const wholeText = all.length > LONGEST_WHOLE_TEXT ? null : all;
  return [
    ...(scopes.includes('CLIP')
      ? clips.map(({ span, text }, n) => segment(span, 'CLIP', text, vectors[n] ?? null))
      : []),
    ...(scopes.includes('VIDEO') && all !== '' ? [segment(whole, 'VIDEO', wholeText, averageVector(vectors))] : []),
  ];
}

async function encodeWords(
  app: App,
  { model, signal, report }: ProxyEmbedding,
  modality: 'TRANSCRIPTION' | 'TEXT_IN_VIDEO',
  texts: readonly string[],
): Promise<Float32Array[]> {
  const encoder = await app.models.words(model, modality);
  if (!encoder) return [];
  return encoder.encodePassages(texts, { signal, onProgress: report });
}
