/** A set of nouns that mean one thing, and what it is a kind of. */
export type Synset = { words: string[]; hypernyms: string[] };
/** WordNet's nouns: synsets by their offset, and for each noun the offsets of its meanings, the commonest first. */
export type WordNet = { synsets: Map<string, Synset>; senses: Map<string, string[]> };

/**
 * Reads `data.noun` and `index.noun` of WordNet 3 (format: wndb(5WN)). Words come in lower case with spaces.
 */
export function parseWordNet(data: string, index: string): WordNet {
  const synsets = new Map<string, Synset>();
  for (const line of entries(data)) {
    const [offset = '', , , wordCount = '', ...rest] = (line.split(' | ', 1)[0] ?? '').split(' ');
    // The number of words is hexadecimal; each is followed by the number of its sense in its file.
    const end = Number.parseInt(wordCount, 16) * 2;
    const words = rest.slice(0, end).filter((_, at) => at % 2 === 0);
    const pointers = rest.slice(end + 1);
    // Pointers come in fours: kind, target, part of speech, source and target word.
    const hypernyms = pointers.filter((_, at) => at % 4 === 1 && (pointers[at - 1] ?? '').startsWith('@'));
    synsets.set(offset, { words: words.map(plain), hypernyms });
  }
  const senses = new Map<string, string[]>();
  for (const line of entries(index)) {
    const [word = '', , count = '', ...rest] = line.trim().split(' ');
    senses.set(plain(word), rest.slice(-Number(count)));
  }
  return { synsets, senses };
}

/** The synset itself and all that it is a kind of, nearest first. */
export function ancestors({ synsets }: WordNet, offset: string): string[] {
  const found = new Set([offset]);
  for (const next of found) for (const hypernym of synsets.get(next)?.hypernyms ?? []) found.add(hypernym);
  return [...found];
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('_', ' ');
}

// The licence at the head of each file is indented.
function* entries(text: string): Generator<string> {
  for (const line of text.split('\n')) if (line && !line.startsWith(' ')) yield line;
}
