/** What one token of time stands for, in seconds. */
const STEP = 0.02;

/** Tokens that are said together: from and to in seconds of the window. */
export interface TimedTokens {
  startOffset: number;
  endOffset: number;
  tokens: number[];
}

/**
 * Cuts what Whisper wrote for a window at its tokens of time, which stand before and behind each line, so that two of
 * them are a cut. A line that was begun and not ended is left to the next window, which starts where the last whole line
 * ended; else the window is done. As `transcribe` of OpenAI's reference does it
 * (https://github.com/openai/whisper/blob/main/whisper/transcribe.py).
 *
 * @param written what the network wrote, without the prompt and the mark of the end
 * @param zero the token that stands for the start of the window; those after it count up in steps of 20 ms
 * @param duration of the window, in seconds
 * @returns the lines, and how many seconds of the window are done
 */
export function splitTimestamps(
  written: readonly number[],
  zero: number,
  duration: number,
): { lines: TimedTokens[]; next: number } {
  const isTime = (at: number) => (written[at] ?? -1) >= zero;
  const secondsAt = (at: number) => Math.min(((written[at] ?? zero) - zero) * STEP, duration);
  const last = written.length - 1;
  const endsOnce = isTime(last) && !isTime(last - 1);
  const cuts = written.flatMap((_, at) => (at > 0 && isTime(at) && isTime(at - 1) ? [at] : []));

  if (cuts.length === 0) {
    const times = written.flatMap((token, at) => (token > zero ? [secondsAt(at)] : []));
    const tokens = written.filter((token) => token < zero);
    return { lines: [{ startOffset: 0, endOffset: times.at(-1) ?? duration, tokens }], next: duration };
  }
  const ends = endsOnce ? [...cuts, written.length] : cuts;
  const lines = ends.map((end, at) => {
    const start = ends[at - 1] ?? 0;
    return {
      startOffset: isTime(start) ? secondsAt(start) : 0,
      endOffset: secondsAt(end - 1),
      tokens: written.slice(start, end).filter((token) => token < zero),
    };
  });
  return { lines, next: endsOnce ? duration : secondsAt((cuts.at(-1) ?? 1) - 1) };
}
