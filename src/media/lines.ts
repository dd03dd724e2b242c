import type { Readable } from 'node:stream';

const LONGEST = 4096;

/** Calls `onLine` with every line of a child's output, cut at 4096 characters; keeps no more than that in memory. */
export function readLines(stream: Readable, onLine: (line: string) => void = () => {}): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = text.split(/[\r\n]+/);
    rest = (rest + (lines.shift() ?? '')).slice(0, LONGEST);
    for (const line of lines) {
      if (rest !== '') onLine(rest);
      rest = line.slice(0, LONGEST);
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
