/** A subtitle file in the form that a parser of WebVTT takes, line by line as it was, so that its faults can be placed. */
export interface WebVttLines {
  lines: string[];
  /** What is to be added to the number of one of `lines` for its number in the file. */
  offset: number;
  /** The lines of the file. */
  source: string[];
  /** The times of the lines that hold two, by their numbers in the file. */
  times: Map<number, { start: number; end: number }>;
}

// Hours of any length or none, "." or "," before the fraction or no fraction.
const CLOCK = String.raw`(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d+))?`;
/** What follows are settings, or coordinates in SubRip: they say where words are shown. */
const TIME_LINE = new RegExp(String.raw`^\s*${CLOCK}\s*-->\s*${CLOCK}(?=\s|$)`);
const ARROW = '-->';
/** The number of a cue. */
const NUMBER = /^\s*\W?\d+\W?\s*$/;

/**
 * Rewrites a SubRip or WebVTT file, as programs in the world write them, as WebVTT that its parser understands. Text is
 * escaped: the parser's own reading of markup recurses as deep as a file has it nested.
 * @returns undefined for a file that is neither
 */
export function toWebVtt(content: string): WebVttLines | undefined {
  // A carriage return too many is what careless copies add.
  const source = content.replace(/^\uFEFF/, '').split(/\r*\n|\r/);
  const times: WebVttLines['times'] = new Map();
  const rewritten = source.map((line, n) => {
    const [, ...parts] = TIME_LINE.exec(line) ?? [];
    const [start, end] = [clock(parts.slice(0, 4)), clock(parts.slice(4))];
    if (!start || !end) return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    times.set(n + 1, { start: start.seconds, end: end.seconds });
    return `${start.text} ${ARROW} ${end.text}`;
  });
  const head = source.findIndex((line) => line.trim() !== '');
  if (source[head]?.trimStart().startsWith('WEBVTT'))
    return { lines: ['WEBVTT', ...rewritten.slice(head + 1)], offset: head, source, times };
  if (!source.some((line) => line.includes(ARROW))) return undefined;
  return { lines: ['WEBVTT', '', ...divideCues(rewritten)], offset: -2, source, times };
}

function clock([hours = '0', minutes, seconds, fraction = '']: (string | undefined)[]) {
  if (minutes === undefined || seconds === undefined) return undefined;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  return {
    text: `${hours.padStart(2, '0')}:${minutes.padStart(2, '0')}:${seconds.padStart(2, '0')}.${milliseconds}`,
    seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(milliseconds) / 1000,
  };
}

/** In WebVTT an empty line ends a cue. In SubRip the next cue's number and times do, with or without one. */
function divideCues(lines: readonly string[]): string[] {
  const isEmpty = (n: number) => lines[n]?.trim() === '';
  const following: (number | undefined)[] = [];
  for (let n = lines.length - 1; n >= 0; n -= 1) following[n] = isEmpty(n + 1) ? following[n + 1] : n + 1;
  const isTimes = (n: number | undefined) => n !== undefined && (lines[n]?.includes(ARROW) ?? false);
  const isNumber = (n: number) =>
    NUMBER.test(lines[n] ?? '') && isTimes(following[n]) && (following[n] === n + 1 || n === 0 || isEmpty(n - 1));
  return lines.map((line, n) => {
    if (isTimes(n) || (!isEmpty(n) && !isNumber(n))) return line;
    const next = following[n];
    const endsCue = !isEmpty(n) || next === undefined || next >= lines.length || isTimes(next) || isNumber(next);
    return endsCue ? '' : ' ';
  });
}
