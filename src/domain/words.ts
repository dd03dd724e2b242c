/** A word of a text; or, in scripts that put no spaces between words, a whole run of characters. */
export interface Word {
  /** In lower case and compatibility form (NFKC), as dictionaries expect it. */
  form: string;
  /** The form without accents: how words are compared. */
  folded: string;
  /** ISO 15924 code of its alphabet; `unspaced` for a run; null where there are no letters. */
  script: string | null;
  /** Where it begins and ends in the text. */
  start: number;
  end: number;
}

/** Of the words beyond, Postgres keeps no place. */
const MOST_PLACES = 16_000;
/** Characters of one word that are compared. */
const LONGEST_WORD = 100;
/** Characters that are looked at: with their stems they fit into the 1 MB that a tsvector holds. */
const LONGEST_TEXT = 100_000;

const UNSPACED = String.raw`(?=[\p{L}\p{N}\p{M}])[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]`;
/** Format characters within a word (soft hyphens, joiners) belong to it, and are left out when it is compared. */
const SPACED = String.raw`(?!${UNSPACED})[\p{L}\p{N}\p{M}](?:(?!${UNSPACED})[\p{L}\p{N}\p{M}\p{Cf}])*`;
const WORD = new RegExp(`(?<run>(?:${UNSPACED})+)|${SPACED}`, 'gu');

const SCRIPTS = ['Latn', 'Cyrl', 'Grek', 'Arab', 'Deva', 'Armn', 'Hebr', 'Taml'].map(
  (script) => [script, new RegExp(`\\p{sc=${script}}`, 'u')] as const,
);

/** Accents, the vowel signs of Arabic and Hebrew and the Arabic elongation; Cyrillic й is a letter of its own. */
const MARKS =
  /(?<![\u0438])[\u0300-\u036f]|[\u0591-\u05c7\u064b-\u065f\u0670\u0640]|(?<=\u0438)[\u0300-\u0305\u0307-\u036f]/gu;
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};

/** The words of a text in their order; punctuation and symbols only part them. */
export function cutWords(text: string): Word[] {
  return Array.from(text.slice(0, LONGEST_TEXT).matchAll(WORD), (match) => {
    const unspaced = match.groups?.run !== undefined;
    const form = unspaced ? formOf(match[0]) : [...formOf(match[0])].slice(0, LONGEST_WORD).join('');
    const script = unspaced ? 'unspaced' : (SCRIPTS.find(([, letters]) => letters.test(form))?.[0] ?? null);
    return { form, folded: foldWord(form), script, start: match.index, end: match.index + match[0].length };
  });
}

function formOf(written: string): string {
  const form = written
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .toLowerCase();
  return form.replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '');
}

function foldWord(form: string): string {
  const bare = form.normalize('NFD').replaceAll(MARKS, '').normalize('NFC');
  return bare.replaceAll(/[ßæœøłđðþıς]/gu, (letter) => LETTERS[letter] ?? letter);
}

/**
 * What a word is found by, one lexeme a place. A run gives each pair of neighbouring characters and its last character:
 * so any part of it is found, whatever the words that a dictionary would cut it into.
 */
export function lexemesOf({ folded, script }: Pick<Word, 'folded' | 'script'>): string[] {
  if (script !== 'unspaced') return folded === '' ? [] : [folded];
  const characters = [...folded];
  return characters.map((character, n) => character + (characters[n + 1] ?? ''));
}

/** The lexemes of a text with their places, from 1 on, as far as Postgres keeps places. */
export function placeLexemes(words: readonly Word[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  let place = 0;
  for (const word of words)
    for (const lexeme of lexemesOf(word)) {
      place += 1;
      if (place > MOST_PLACES) return places;
      const at = places.get(lexeme);
      if (at) at.push(place);
      else places.set(lexeme, [place]);
    }
  return places;
}
