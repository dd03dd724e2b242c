import { sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { InvalidInputError } from '../errors.ts';
import type { Clause, Term, TextQuery } from './text-query.ts';
import { configurationOf, distinctLanguages } from './word-stems.ts';
import { lexemesOf, type Word } from './words.ts';

/** Words of one query. */
const MOST_WORDS = 100;

/** What `segments.words` is compared with, as the input of a tsquery. */
export interface WordMatch {
  matching: string;
  /** What must not occur, where that does not depend on what else does. */
  excluding: string | undefined;
}

/**
 * What a text query says, for texts of these languages; undefined where it has no words. A word is found as it is
 * written (weight A) and by its stem (weight B). Words that are too common to have a stem only count in a phrase,
 * where they are excluded, or where there is nothing else.
 * @param languages of the texts, as they were given to `toLexemes`
 * @throws InvalidInputError at `text`
 */
export async function matchWords(
  db: Connection,
  query: TextQuery,
  languages: readonly (string | null)[],
): Promise<WordMatch | undefined> {
  const clauses = query.alternatives.flat();
  const words = clauses.flatMap(({ terms }) => terms).flatMap((term) => (term.kind === 'word' ? [term.word] : []));
  const count = clauses.flatMap(({ terms }) => terms.flatMap(wordsOf)).flatMap(lexemesOf).length;
  if (count > MOST_WORDS) throw invalidText(`${count} words given; at most ${MOST_WORDS} are looked for.`);
  if (query.alternatives.some((alternative) => alternative.every(({ excluded }) => excluded)))
    throw invalidText('it only says what must not occur; at least one word that must is needed.');
  if (count === 0) return undefined;
  const stems = await findStems(db, words, languages);
  const excluded = query.alternatives.length === 1 ? clauses.filter((clause) => clause.excluded) : [];
  return {
    matching: query.alternatives.map((alternative) => matchAll(alternative, stems)).join(' | '),
    excluding: excluded.map(({ terms }) => allOf(terms, stems)).join(' | ') || undefined,
  };
}

function invalidText(message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['text'], message }]);
}

function wordsOf(term: Term): Word[] {
  return term.kind === 'word' ? [term.word] : term.words;
}

/** The stems of a word: one text for each configuration, empty for what that takes for too common. */
type Stems = Map<string, string[]>;

async function findStems(
  db: Connection,
  words: readonly Word[],
  languages: readonly (string | null)[],
): Promise<Stems> {
  const asked = new Map<string, { word: string; configuration: string; form: string }>();
  const distinct = distinctLanguages(languages);
  for (const word of words)
    for (const language of distinct) {
      const configuration = configurationOf(word, language);
      if (configuration === undefined) continue;
      for (const form of [word.form, word.folded])
        asked.set(`${configuration} ${word.form} ${form}`, { word: word.form, configuration, form });
    }
  const stems: Stems = new Map();
  if (asked.size === 0) return stems;
  const rows = Array.from(asked.values(), ({ word, configuration, form }) => {
    return sql`(${word}::text, ${configuration}::text, ${form}::text)`;
  });
  // Forms hold letters and marks only: nothing has to be escaped.
  const found = await db.orm
    .select({
      word: sql<string>`asked.word`,
      stem: sql<string>`to_tsquery(asked.configuration::regconfig, '''' || asked.form || ''':B')::text`,
    })
    .from(sql`(values ${sql.join(rows, sql`, `)}) as asked(word, configuration, form)`);
  for (const { word, stem } of found) stems.set(word, [...new Set([...(stems.get(word) ?? []), stem])]);
  return stems;
}

function matchAll(alternative: readonly Clause[], stems: Stems): string {
  const wanted = alternative.filter(({ excluded }) => !excluded).flatMap(({ terms }) => terms);
  const telling = wanted.filter((term) => !isTooCommon(term, stems));
  const without = alternative.filter(({ excluded }) => excluded).map(({ terms }) => `!${allOf(terms, stems)}`);
  return [allOf(telling.length > 0 ? telling : wanted, stems), ...without].join(' & ');
}

function isTooCommon(term: Term, stems: Stems): boolean {
  if (term.kind === 'phrase' || term.prefix) return false;
  const known = stems.get(term.word.form);
  return known?.every((stem) => stem === '') ?? false;
}

function allOf(terms: readonly Term[], stems: Stems): string {
  return `(${terms.map((term) => termText(term, stems)).join(' & ')})`;
}

function termText(term: Term, stems: Stems): string {
  if (term.kind === 'phrase') return phraseText(term.words, term.prefix);
  const written = `'${term.word.folded}'`;
  if (term.prefix) return `${written}:*A`;
  const others = (stems.get(term.word.form) ?? []).filter((stem) => stem !== '').map((stem) => `(${stem})`);
  return `(${[`${written}:A`, ...others].join(' | ')})`;
}

/** The lexemes at the places that they have in a text, relative to each other. */
function phraseText(words: readonly Word[], prefix: boolean): string {
  let text = '';
  let distance = 0;
  for (const word of words) {
    const lexemes = lexemesOf(word);
    const open = prefix && word === words.at(-1);
    const run = word.script === 'unspaced';
    // The last character of a run begins a pair where the text goes on.
    const compared = run && lexemes.length > 1 ? lexemes.slice(0, -1) : lexemes;
    for (const [n, lexeme] of compared.entries()) {
      const written = `'${lexeme}':${open || (run && lexemes.length === 1) ? '*' : ''}A`;
      text += text === '' ? written : ` <${n === 0 ? distance : 1}> ${written}`;
    }
    distance = 1 + lexemes.length - compared.length;
  }
  return `(${text})`;
}
