import type { App } from '../app.ts';
import type { EmbeddedProxy, ProxyEmbedding } from './proxy-embedding.ts';
import { createSoundSource } from './sound-source.ts';

/**
 * The spoken words and their language: those that came with the video, else what the model hears; null where it cannot
 * hear, or there is no sound.
 */
export async function hearWords(app: App, given: ProxyEmbedding): Promise<Pick<EmbeddedProxy, 'lines' | 'language'>> {
  const { proxy, model, whole, lines, language, signal, report } = given;
  if (lines || !proxy.sound) return { lines, language };
  const recognizer = await app.models.speech(model);
  if (!recognizer) return { lines: null, language };
  const heard = await recognizer.recognize(createSoundSource(app.media, given), {
    signal,
    onProgress: report,
    language: language ?? undefined,
  });
  const spoken = heard.lines
    .map(({ startOffset, endOffset, text }) => ({
      startOffset: whole.startOffset + startOffset,
      endOffset: whole.startOffset + endOffset,
      text: text.trim(),
    }))
    .filter(({ text }) => text !== '')
    .sort((one, other) => one.startOffset - other.startOffset);
  return { lines: spoken, language: language ?? heard.language };
}
