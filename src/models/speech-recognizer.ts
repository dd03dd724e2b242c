import type { RunOptions, SpeechRecognizer, SpokenLine } from './encoders.ts';

/** Whisper hears this much at once. */
export const WINDOW_SECONDS = 30;

/** A window that ends before this much of it is done would hold up the whole; Whisper loses its way at times. */
const LEAST_STEP = 1;
/** Less than this, in seconds, is no word; Whisper makes one up. */
const LEAST_REST = 0.1;

/** Writes down what is said in one window. */
export interface SpeechTranscriber {
  /**
   * @param samples mono, 16 kHz, from -1 to 1; at most 30 s
   * @param options.language a BCP 47 tag; found out when not given, or not one that Whisper knows
   * @returns the lines, in seconds of the window; their language, null where nothing is said; and how many seconds of the
   * window are done, after which the next should start
   */
  transcribe(
    samples: Float32Array,
    options?: RunOptions & { language?: string | undefined },
  ): Promise<{ lines: SpokenLine[]; language: string | null; next: number }>;
}

/**
 * Writes down speech of any length, window by window: each starts where the last whole line of the one before ended, as
 * OpenAI's reference does it. The language is that of the first window in which something is said.
 */
export function createSpeechRecognizer(transcriber: SpeechTranscriber): SpeechRecognizer {
  return {
    async recognize(sound, { language, signal, onProgress } = {}) {
      const lines: SpokenLine[] = [];
      let found: string | null = null;
      let start = 0;
      while (sound.duration - start > LEAST_REST) {
        signal?.throwIfAborted();
        const end = Math.min(start + WINDOW_SECONDS, sound.duration);
        const samples = await sound.read(start, end);
        // A sound may be shorter than its container says.
        if (samples.length === 0) break;
        const written = await transcriber.transcribe(samples, { language: language ?? found ?? undefined, signal });
        found ??= written.language;
        for (const { startOffset, endOffset, text } of written.lines) {
          const from = round(Math.max(start + startOffset, lines.at(-1)?.endOffset ?? 0));
          const to = round(Math.min(start + endOffset, sound.duration));
          if (text && to > from) lines.push({ startOffset: from, endOffset: to, text });
        }
        start += Math.min(Math.max(written.next, LEAST_STEP), end - start);
        onProgress?.(Math.min(start / sound.duration, 1));
      }
      return { lines, language: found };
    },
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
