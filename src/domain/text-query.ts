import { cutWords, type Word } from './words.ts';

/** Something that must occur. */
export type Term =
  /** A word, in any of its forms; or, as a prefix, any word that begins so. */
  | { kind: 'word'; word: Word; prefix: boolean }
  /** Words in exactly these forms, one after the other; of the last one, as a prefix, the beginning. */
  | { kind: 'phrase'; words: Word[]; prefix: boolean };

/** Terms of which all must occur; or, when excluded, not all. */
export interface Clause {
  excluded: boolean;
  terms: Term[];
}

/** What a text query says. */
export interface TextQuery {
  /** At least one of these must hold; each holds when all of its clauses do. None of them is empty. */
  alternatives: Clause[][];
  /** What is looked for without the syntax, for encoders: the text itself where it has none. */
  plain: string;
}

/** A quoted phrase, or what is written without a space. */
const UNIT = /(?<minus>-)?(?:"(?<quoted>[^"]*)(?:"|$)|(?<bare>[^\s"]+))/gu;
/** What joins words that may as well stand apart. */
const LOOSE = /^[-‐‑'’]?$/u;

/**
 * Reads the syntax of web searches: words are all looked for; `"..."` is a phrase, `or` parts alternatives, a leading `-`
 * excludes, and a final `*` makes a prefix. As with Postgres' websearch_to_tsquery there are no faults of syntax: a quote
 * that is not closed ends with the text, and what has no words is passed over.
 */
export function parseTextQuery(text: string): TextQuery {
  const alternatives: Clause[][] = [[]];
  const plain: string[] = [];
  let syntax = false;
  for (const { 0: unit, groups = {} } of text.matchAll(UNIT)) {
    const { minus, quoted, bare } = groups;
    if (bare?.toLowerCase() === 'or' && !minus) {
      syntax = true;
      alternatives.push([]);
      continue;
    }
    const prefix = /[\p{L}\p{N}\p{M}]\*$/u.test(bare ?? '');
    const terms = quoted === undefined ? bareTerms(bare ?? '', prefix) : phraseTerms(quoted);
    const excluded = minus !== undefined;
    syntax ||= excluded || prefix || quoted !== undefined;
    if (!excluded) plain.push((quoted ?? unit).replace(/\*$/u, ''));
    if (terms.length > 0) alternatives.at(-1)?.push({ excluded, terms });
  }
  return {
    alternatives: alternatives.filter((clauses) => clauses.length > 0),
    plain: syntax ? plain.join(' ') : text,
  };
}

function phraseTerms(quoted: string): Term[] {
  const words = cutWords(quoted).filter(({ folded }) => folded !== '');
  return words.length === 0 ? [] : [{ kind: 'phrase', words, prefix: false }];
}

/** `well-being` and `l'homme` are looked for as words apart; a time, an address or a version as a phrase. */
function bareTerms(bare: string, prefix: boolean): Term[] {
  const words = cutWords(bare).filter(({ folded }) => folded !== '');
  const joiners = words.slice(1).map(({ start }, n) => bare.slice(words[n]?.end, start));
  const loose = joiners.every((joiner) => LOOSE.test(joiner)) && !words.some(({ form }) => /^\p{N}+$/u.test(form));
  if (words.length > 1 && !loose) return [{ kind: 'phrase', words, prefix }];
  return words.flatMap((word, n): Term[] =>
    word.script === 'unspaced'
      ? wordsOfRun(word).map((part) => ({ kind: 'phrase', words: [part], prefix: false }))
      : [{ kind: 'word', word, prefix: prefix && n === words.length - 1 }],
  );
}

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/**
 * The words of a run by the dictionary. Single characters and endings in Hiragana are particles for the most part: they
 * only count where there is nothing else.
 */
function wordsOfRun(run: Word): Word[] {
  const parts = Array.from(segmenter.segment(run.folded), ({ segment }) => segment);
  const telling = parts.filter((part) => [...part].length > 1 && !/^\p{sc=Hira}+$/u.test(part));
  return (telling.length > 0 ? telling : [run.folded]).map((part) => ({ ...run, form: part, folded: part }));
}
