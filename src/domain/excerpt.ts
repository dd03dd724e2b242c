import type { TextQuery } from './text-query.ts';
import { cutWords, type Word } from './words.ts';

/** Characters of a text that is handed out whole, and about those of a part. */
const LENGTH = 300;
/** Characters of a part before its first match. */
const BEFORE = 60;

/**
 * The part of a text in which most of a query's words occur, with `…` where the text goes on; a short text whole. The
 * stems are not known here: another form of a word is told by how it begins.
 */
export function excerptOf(text: string, query: TextQuery | undefined): string {
  if (text.length <= LENGTH) return text;
  const clauses = query?.alternatives.flat() ?? [];
  const wanted = clauses
    .filter(({ excluded }) => !excluded)
    .flatMap(({ terms }) => terms.flatMap((term) => (term.kind === 'word' ? [term.word] : term.words)));
  const matches = cutWords(text).flatMap((word) => wanted.flatMap((other, n) => matchOf(word, other, n) ?? []));
  let best = { at: 0, count: 0 };
  let next = 0;
  for (const [n, { at }] of matches.entries()) {
    while ((matches[next]?.at ?? Infinity) < at + LENGTH - BEFORE) next += 1;
    const count = new Set(matches.slice(n, next).map((match) => match.wanted)).size;
    if (count > best.count) best = { at, count };
  }
  return cutOut(text, Math.max(best.at - BEFORE, 0));
}

function matchOf(word: Word, wanted: Word, n: number): { at: number; wanted: number } | undefined {
  if (word.script === 'unspaced') {
    const within = word.folded.indexOf(wanted.folded);
    return within === -1 ? undefined : { at: word.start + within, wanted: n };
  }
  const shorter = Math.min(word.folded.length, wanted.folded.length);
  const beginning = word.folded.slice(0, Math.max(3, shorter - 2));
  return wanted.folded.startsWith(beginning) ? { at: word.start, wanted: n } : undefined;
}

/** About `LENGTH` characters from a place on, without parts of words where words are parted by spaces. */
function cutOut(text: string, from: number): string {
  const gap = text.slice(from, from + BEFORE).search(/\s/u);
  const start = from === 0 || gap === -1 ? from : from + gap;
  const end = start + LENGTH;
  const lastGap = text.slice(end - BEFORE, end).search(/\s\S*$/u);
  const stop = end >= text.length || lastGap === -1 ? end : end - BEFORE + lastGap;
  const part = text.slice(start, stop).toWellFormed().replaceAll('\ufffd', '').trim();
  return `${start > 0 ? '…' : ''}${part}${stop < text.length ? '…' : ''}`;
}
