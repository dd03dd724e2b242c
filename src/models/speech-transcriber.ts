import type { SpeechManifest } from './hub-parts.ts';
import { type SpeechTranscriber, WINDOW_SECONDS } from './speech-recognizer.ts';
import { splitTimestamps } from './timestamp-lines.ts';
import { loadWhisper, probabilityOf, type Whisper } from './whisper.ts';

const SAMPLE_RATE = 16_000;
/** A thousandth of full scale, -60 dB: nothing is said that could be understood. */
const LOUDEST_SILENCE = 0.001;
/** A window that seems to hold no speech more than this, and of which the words are less likely, is left out: OpenAI's. */
const MOST_NO_SPEECH = 0.6;
const LEAST_LIKELIHOOD = -1;

/** Loads Whisper from an installed bundle. `threads` is how many threads a run may use. */
export async function loadSpeechTranscriber(
  folder: string,
  files: SpeechManifest,
  threads: number,
): Promise<SpeechTranscriber & { close(): Promise<void> }> {
  const whisper = await loadWhisper(folder, files, threads);
  const { tokens } = whisper;
  return {
    async transcribe(samples, { language, signal } = {}) {
      const duration = samples.length / SAMPLE_RATE;
      if (duration > WINDOW_SECONDS) throw new Error(`${duration} s given; a window is ${WINDOW_SECONDS} s at most.`);
      const silence = { lines: [], language: null, next: duration };
      if (samples.every((sample) => Math.abs(sample) < LOUDEST_SILENCE)) return silence;

      signal?.throwIfAborted();
      const heard = await whisper.hear(samples);
      const spoken = chooseLanguage(tokens.languages, language, heard.first);
      const { written, likelihood } = await heard.write(makePrompt(tokens, spoken), signal);
      const noSpeech = probabilityOf(tokens.noSpeech, heard.first);
      if (noSpeech > MOST_NO_SPEECH && likelihood < LEAST_LIKELIHOOD) return silence;

      const { lines, next } = splitTimestamps(written, tokens.zero, duration);
      const worded = lines.flatMap(({ startOffset, endOffset, tokens: said }) => {
        const text = whisper.read(said.filter((token) => token < tokens.end)).trim();
        return text ? [{ startOffset, endOffset, text }] : [];
      });
      return { lines: worded, language: worded.length > 0 ? (tagOf(spoken ?? 'en') ?? null) : null, next };
    },
    close: () => whisper.close(),
  };
}

// Whisper's own code of what is spoken: what was said it is, else the likeliest; undefined where it knows but one.
function chooseLanguage(known: ReadonlyMap<string, number>, given: string | undefined, first: Float32Array) {
  const language = given === undefined ? undefined : tagOf(given);
  // It has one Norwegian beside Nynorsk.
  const wanted = language === 'nb' ? 'no' : language;
  const codes = [...known.keys()];
  const likelier = (a: string, b: string) =>
    (first[known.get(b) ?? -1] ?? 0) > (first[known.get(a) ?? -1] ?? 0) ? b : a;
  return codes.find((code) => tagOf(code) === wanted) ?? (codes.length > 0 ? codes.reduce(likelier) : undefined);
}

// <|startoftranscript|>, and where it knows several languages also <|en|>, <|transcribe|>.
function makePrompt({ start, transcribe, languages }: Whisper['tokens'], language: string | undefined): number[] {
  const spoken = languages.get(language ?? '');
  return spoken === undefined || transcribe === undefined ? [start] : [start, spoken, transcribe];
}

// The language of a tag, as BCP 47 has it today: Whisper says `jw` where that says `jv`.
function tagOf(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return undefined;
  }
}
