/** What each output of the network stands for: nothing at place 0, a space at the last. */
export type Alphabet = readonly string[];

/** A text and how sure it is, 0 to 1. */
export interface Reading {
  text: string;
  score: number;
}

interface Character {
  index: number;
  /** Where along the text it stands. */
  step: number;
  score: number;
}

/** The alphabet of a dictionary: a character a line, as PaddleOCR has them. */
export function parseAlphabet(dictionary: string): Alphabet {
  return ['', ...dictionary.replace(/\r?\n$/, '').split(/\r?\n/), ' '];
}

/** How much fainter than `spaceThreshold` a space may be where the gap is wide, and from how many mean gaps on it is. */
const FAINT = 0.2;
const WIDE = 1.1;

/**
 * Reads the probabilities of each character in each step along a line.
 *
 * PP-OCRv4 was trained on Chinese and leaves out most spaces between Latin words, though it sees them: between two words
 * the probability of a space is above 0.003 in 99 cases of 100, within a word below 0.0005 in 95; only the blank's is
 * higher. So there is a space where it rises to `spaceThreshold`, or to a fifth of that in a gap that is wider than most.
 * Of the 500 lines of captions in seven fonts that this was measured on, 485 have all their spaces by it, and 211 by the
 * likeliest path alone.
 */
export function readSteps(probabilities: Float32Array, alphabet: Alphabet, spaceThreshold: number): Reading {
  const size = alphabet.length;
  const characters = bestPath(probabilities, size).filter(({ index }) => index !== size - 1);
  const [first, last] = [characters[0], characters.at(-1)];
  if (!first || !last) return { text: '', score: 0 };
  const wide = (WIDE * (last.step - first.step)) / (characters.length - 1);
  let text = '';
  let score = 0;
  let before = first.step;
  for (const character of characters) {
    let space = 0;
    for (let step = before + 1; step < character.step; step++) {
      space = Math.max(space, probabilities[(step + 1) * size - 1] ?? 0);
    }
    const faint = character.step - before >= wide ? FAINT : 1;
    if (space >= spaceThreshold * faint && space > 0) text += ' ';
    text += alphabet[character.index] ?? '';
    score += character.score / characters.length;
    before = character.step;
  }
  return { text: settleWidths(text).replace(/\s+/g, ' ').trim(), score };
}

/**
 * The likeliest character of each step, where repetitions and blanks fall away: best path decoding of CTC (Graves et al.,
 * "Connectionist Temporal Classification", ICML 2006, section 3.2).
 */
function bestPath(probabilities: Float32Array, size: number): Character[] {
  const found: Character[] = [];
  let last = 0;
  for (let step = 0; (step + 1) * size <= probabilities.length; step++) {
    let index = 0;
    let score = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < size; at++) {
      const value = probabilities[step * size + at] ?? 0;
      if (value > score) {
        score = value;
        index = at;
      }
    }
    if (index !== 0 && index !== last) found.push({ index, step, score });
    last = index;
  }
  return found;
}

// In a line without Chinese, the wide forms of ASCII (U+FF01 to U+FF5E) are misread narrow ones; in one with Chinese,
// wide punctuation has its space within.
function settleWidths(text: string): string {
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) {
    return text.replace(/ *([\u3001-\u301f\uff01-\uff0f\uff1a-\uff20“”‘’]) */g, '$1');
  }
  return text.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}
