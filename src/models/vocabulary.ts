import { distance } from 'fastest-levenshtein';
import pluralize from 'pluralize';
import { z } from 'zod';

const vocabularyData = z.object({ classes: z.array(z.string()), words: z.record(z.string(), z.array(z.int())) });

/** The name of each class, and which classes each word or phrase names. */
export type VocabularyData = z.infer<typeof vocabularyData>;

/** What a query names: the classes of each phrase found in it; or nothing, and then what stands near it. */
export type NamedClasses =
  | { phrases: { phrase: string; classes: number[] }[] }
  | { unknown: string; suggestions: string[] };

export interface Vocabulary {
  find(query: string): NamedClasses;
}

const MOST_SUGGESTIONS = 5;
const FILLERS = new Set(
  'a an the of on in at by to with and or from for near under over behind beside is are it its this that some any no not my your'.split(
    ' ',
  ),
);

/** Words in lower case and singular, without punctuation and accents: what queries and names are compared by. */
export function normalizeWords(text: string): string[] {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/['’]/g, '');
  const words = letters.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.map((word) => pluralize.singular(word));
}

/** Reads what `buildImagenetVocabulary` has made. */
export function parseVocabulary(json: string): Vocabulary {
  return createVocabulary(vocabularyData.parse(JSON.parse(json)));
}

/**
 * Finds the names of classes in a query: the longest phrase first, from left to right. Words that name nothing are passed
 * over as long as another names something. Spaces do not count ("coffee pot" is "coffeepot").
 */
export function createVocabulary({ words }: VocabularyData): Vocabulary {
  const phrases = Object.keys(words);
  const byLetters = new Map(phrases.map((phrase) => [normalizeWords(phrase).join(''), phrase]));
  // One more, for a word of the vocabulary that a query has in two.
  const longest = 1 + Math.max(...phrases.map((phrase) => phrase.split(/[ -]/).length));

  const find = (query: string): NamedClasses => {
    const asked = normalizeWords(query);
    const found = new Map<string, number[]>();
    for (let start = 0; start < asked.length; ) {
      const length = phraseLength(asked, start);
      const phrase = byLetters.get(asked.slice(start, start + length).join(''));
      if (phrase !== undefined && length > 0) found.set(phrase, words[phrase] ?? []);
      start += Math.max(1, length);
    }
    if (found.size > 0) return { phrases: [...found].map(([phrase, classes]) => ({ phrase, classes })) };
    return { unknown: query.trim(), suggestions: suggest(asked) };
  };

  const phraseLength = (asked: string[], start: number): number => {
    for (let length = Math.min(longest, asked.length - start); length > 0; length--) {
      if (length === 1 && FILLERS.has(asked[start] ?? '')) return 0;
      if (byLetters.has(asked.slice(start, start + length).join(''))) return length;
    }
    return 0;
  };

  const suggest = (asked: string[]): string[] => {
    const wanted = asked.filter((word) => word.length > 1 && !FILLERS.has(word));
    const ranked = phrases.map((phrase) => ({
      phrase,
      far: Math.min(...wanted.map((word) => remoteness(word, phrase))),
    }));
    const near = ranked
      .filter(({ far }) => far <= 0.4)
      .sort((a, b) => a.far - b.far || a.phrase.length - b.phrase.length);
    return near.slice(0, MOST_SUGGESTIONS).map(({ phrase }) => phrase);
  };

  return { find };
}

// 0 for the same word, 1 for nothing in common. A word inside a phrase is near it, and so are words that begin alike.
function remoteness(word: string, phrase: string): number {
  const edits = distance(word, phrase) / Math.max(word.length, phrase.length);
  if (word.length < 3) return edits;
  if (phrase.split(' ').includes(word)) return Math.min(edits, 0.3);
  return phrase.startsWith(word.slice(0, 5)) ? Math.min(edits, 0.4) : edits;
}
