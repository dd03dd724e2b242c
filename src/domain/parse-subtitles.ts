import { decodeHTML } from 'entities';
import webvtt from 'webvtt-parser';
import type { TranscriptLine } from '../db/values.ts';
import { toWebVtt, type WebVttLines } from './subtitle-lines.ts';

/** A subtitle file that cannot be used; the message says where and why, in plain words. */
export class SubtitleFaultError extends Error {
  override name = 'SubtitleFaultError';
  /** The line of the file, counted from 1; null where all of it is meant. */
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(line === null ? message : `line ${line}: ${message}`);
    this.line = line;
  }
}

/** A day of speech has some 20,000. */
const MOST_CUES = 50_000;

/** What `toWebVtt` escapes. */
const ENTITIES = { '&amp;': '&', '&lt;': '<' } as const;
const UNSORTED = /previous cue/;
const NO_LENGTH = /^End timestamp/;
/** Two times, with something between them that is no "-->". */
const LOST_ARROW = /^\s*(?:\d+:)+\d\d[.,]\d+[^\d:>]{0,4}[^\d:]{1,4}(?:\d+:)+\d\d[.,]\d+\s*$/;
const EXAMPLE = '"00:00:01,000 --> 00:00:04,000"';

/**
 * The lines of a SubRip or WebVTT file by time, each as one line of plain text: without markup, settings, notes and
 * cues that say nothing. Lines that begin after the video's end are left out, where authors put their names; unless it
 * is most of them. The W3C's parser of WebVTT (https://www.w3.org/TR/webvtt1/) reads both formats.
 * @param duration of the video, in seconds
 * @throws SubtitleFaultError
 */
export function parseSubtitles(content: string, duration: number): TranscriptLine[] {
  const file = toWebVtt(content);
  if (!file) throw neither(content);
  const { lines, offset, source, times } = file;
  if (times.size > MOST_CUES) throw new SubtitleFaultError(`it has ${times.size} cues; allowed are ${MOST_CUES}`);
  const lost = source.findIndex((line) => LOST_ARROW.test(line) && !line.includes('-->')) + 1;
  if (lost > 0) throw new SubtitleFaultError(`no "-->" between the two times: ${quote(source[lost - 1])}`, lost);
  const { cues, errors } = new webvtt.WebVTTParser(ENTITIES).parse(lines.join('\n'));
  const fault = errors.find(({ line, col, message }) => {
    const time = times.get(line + offset);
    const isInstant = time !== undefined && time.start === time.end;
    // Only faults of times have a column here; those of order and of length 0 do no harm.
    return col !== undefined && !UNSORTED.test(message) && !(NO_LENGTH.test(message) && isInstant);
  });
  if (fault) {
    const line = fault.line + offset;
    throw new SubtitleFaultError(`${fault.message.replace(/\.$/, '')}: ${quote(source[line - 1])}`, line);
  }
  if (cues.length === 0) throw new SubtitleFaultError(`there is no cue, as ${EXAMPLE} with words below it begins one`);
  refuseAnotherVideos(file, duration);
  const spoken = cues
    .map(({ startTime, endTime, tree }) => ({
      startOffset: round(startTime),
      // Hours may have so many digits that they are no number any more.
      endOffset: Math.min(round(endTime), Number.MAX_SAFE_INTEGER),
      text: plainText(tree.children.map((node) => (node.type === 'text' ? node.value : '')).join('')),
    }))
    .filter(({ text }) => text !== '');
  if (spoken.length === 0) throw new SubtitleFaultError(`none of the ${cues.length} cues says anything`);
  return spoken.filter(({ startOffset }) => startOffset < duration);
}

function neither(content: string): SubtitleFaultError {
  const first = content.trim().split(/[\r\n]/, 1)[0];
  if (!first) return new SubtitleFaultError('the file is empty');
  return new SubtitleFaultError(
    `the file is neither SubRip nor WebVTT: there is no line such as ${EXAMPLE}; it begins with ${quote(first)}`,
  );
}

/** Whether most of the words belong to a time that the video does not have. */
function refuseAnotherVideos({ source, times }: WebVttLines, duration: number): void {
  const late = [...times].filter(([, { start }]) => start >= duration);
  const [line] = late[0] ?? [];
  if (line === undefined || late.length <= times.size / 2) return;
  throw new SubtitleFaultError(
    `${late.length} of ${times.size} cues begin after the end of the video (${round(duration)} s), the first of them ${quote(source[line - 1])}`,
    line,
  );
}

// Of WebVTT, of SubRip, and of HTML where somebody mistook the two; and times of single words.
const MARKUP = /<\/?(?:[ibusc]|v|em|strong|lang|ruby|rt|font|span)(?:[.\s/][^<>]*)?>|<\d[\d:.]*>/gi;
const BREAK = /<br\s*\/?>|\\[Nh]/gi;
/** Instructions of SubStation Alpha, such as `{\an8}` for the top of the picture. */
const INSTRUCTIONS = /\{\\[^{}]*\}/g;

function plainText(text: string): string {
  const marked = text.replace(INSTRUCTIONS, '').replace(BREAK, ' ').replace(MARKUP, '');
  return decodeHTML(marked).replaceAll('\0', '').replace(/\s+/g, ' ').trim();
}

/** To milliseconds, as the file has it. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function quote(line = ''): string {
  const text = line.trim();
  return `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}
