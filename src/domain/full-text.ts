import { type SQL, sql } from 'drizzle-orm';
import { configurationOf } from './word-stems.ts';
import { cutWords, placeLexemes, type Word } from './words.ts';

/**
 * The value of `segments.words` for a text: its words as they are written, but for case and accents, at weight A; and
 * their stems in the text's language at weight B. Parts of Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese
 * text are kept as pairs of characters. The words of what is beyond the first 16,000 of a text are not kept.
 * @param language BCP 47 tag; where it is null or no such tag, Latin letters are taken for English, Cyrillic ones for
 *   Russian, and so on: the stems may then be odd, but a query's stems are the same
 */
export function toLexemes(text: string, language: string | null): SQL {
  const words = cutWords(text);
  const parts = [sql`${writtenAs(placeLexemes(words))}::text::tsvector`];
  for (const [configuration, forms] of formsByConfiguration(words, language))
    parts.push(sql`setweight(to_tsvector(${sql.raw(`'${configuration}'`)}, ${forms.join(' ')}::text), 'B')`);
  return sql.join(parts, sql` || `);
}

/** As the input of a tsvector. Lexemes hold letters, digits and marks only: nothing has to be escaped. */
function writtenAs(places: Map<string, number[]>): string {
  return Array.from(places, ([lexeme, at]) => `'${lexeme}':${at.map((place) => `${place}A`).join(',')}`).join(' ');
}

/** What each configuration makes stems of. Those of forms without accents are there for queries without them. */
function formsByConfiguration(words: readonly Word[], language: string | null): Map<string, string[]> {
  const forms = new Map<string, string[]>();
  for (const word of words) {
    const configuration = configurationOf(word, language);
    if (configuration === undefined) continue;
    const known = forms.get(configuration) ?? [];
    known.push(word.form, ...(word.folded === word.form ? [] : [word.folded]));
    forms.set(configuration, known);
  }
  return forms;
}
