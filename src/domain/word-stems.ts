import type { Word } from './words.ts';

/** The text search configurations that both PGlite and Postgres 15 come with, by ISO 639 code. */
const CONFIGURATIONS: Record<string, string> = {
  ar: 'arabic',
  hy: 'armenian',
  eu: 'basque',
  ca: 'catalan',
  da: 'danish',
  nl: 'dutch',
  en: 'english',
  fi: 'finnish',
  fr: 'french',
  de: 'german',
  el: 'greek',
  hi: 'hindi',
  hu: 'hungarian',
  id: 'indonesian',
  ga: 'irish',
  it: 'italian',
  lt: 'lithuanian',
  ne: 'nepali',
  no: 'norwegian',
  nb: 'norwegian',
  nn: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  es: 'spanish',
  sv: 'swedish',
  ta: 'tamil',
  tr: 'turkish',
  yi: 'yiddish',
};

/** What words are taken for where their language is not known, or is written in another script than they are. */
const USUAL: Record<string, string> = {
  Latn: 'english',
  Cyrl: 'russian',
  Grek: 'greek',
  Arab: 'arabic',
  Deva: 'hindi',
  Armn: 'armenian',
  Taml: 'tamil',
};

/**
 * The text search configuration that knows the stem of a word; undefined where there is none.
 * @param language BCP 47 tag of the text that the word is of
 */
export function configurationOf({ folded, script }: Word, language: string | null): string | undefined {
  // A number, or a word with one, has no other forms.
  if (script === null || script === 'unspaced' || /\p{N}/u.test(folded)) return undefined;
  const locale = localeOf(language);
  if (locale && scriptsOf(locale).includes(script)) return CONFIGURATIONS[locale.language];
  return USUAL[script];
}

/** What of tags decides the stems, language and script, each once: videos may bring thousands of private tags. */
export function distinctLanguages(tags: readonly (string | null)[]): (string | null)[] {
  const languages = tags.map((tag) => {
    const locale = localeOf(tag)?.maximize();
    return locale ? [locale.language, locale.script].filter(Boolean).join('-') : null;
  });
  return [...new Set(languages)];
}

function localeOf(language: string | null): Intl.Locale | undefined {
  if (!language) return undefined;
  try {
    const locale = new Intl.Locale(language);
    // `und` has none.
    return locale.language ? locale : undefined;
  } catch {
    return undefined;
  }
}

function scriptsOf(locale: Intl.Locale): (string | undefined)[] {
  if (locale.language === 'sr') return ['Cyrl', 'Latn'];
  return [locale.maximize().script];
}
