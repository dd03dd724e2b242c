import type { TranscriptLine } from '../db/values.ts';
import type { Span } from '../domain/clips.ts';

/** What is said in a span: the lines that it overlaps with, in their order. Of more than `most` characters the first. */
export function wordsSpoken(lines: readonly TranscriptLine[]): (span: Span, most: number) => string {
  return ({ startOffset, endOffset }, most) => {
    let text = '';
    for (const line of lines) {
      // They are in the order of their beginnings.
      if (line.startOffset >= endOffset || text.length > most) break;
      const isOver = line.endOffset <= startOffset && line.startOffset < startOffset;
      if (!isOver) text += `${text && ' '}${line.text}`;
    }
    return text.slice(0, most);
  };
}
