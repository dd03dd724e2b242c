import { normalizeWords, type VocabularyData } from './vocabulary.ts';
import { ancestors, parseWordNet, type WordNet } from './wordnet.ts';

/** A word for more classes than this is too general to find anything ("artifact"); the largest useful one is "animal". */
const MOST_CLASSES = 400;

/** A word is taken in its commonest meaning that covers a class, but not in one as rare as a "light" that lights cigars. */
const MOST_SENSES = 5;

type Entry = { word: string; classes: Set<number> };
type Words = Map<string, Entry>;

/**
 * The words that can name ImageNet classes, and which classes each names:
 * 1. the names of the class itself ("tench", "Tinca tinca"), and else both of
 * 2. the words for what the class is a kind of ("dog", "bird", "car"), by WordNet;
 * 3. the last word of a class's first name ("table" for "dining table").
 */
export function buildImagenetVocabulary(
  classes: readonly string[][],
  nouns: string,
  nounSenses: string,
): VocabularyData {
  const names: Words = new Map();
  const kinds: Words = new Map();
  for (const [id, labels] of classes.entries()) {
    for (const label of labels) collect(names, label, id);
    const words = labels[0]?.split(/[\s-]+/) ?? [];
    if (words.length > 1) collect(kinds, words.at(-1) ?? '', id);
  }
  collectKinds(kinds, classes, parseWordNet(nouns, nounSenses));
  const entries = [...new Map([...kinds, ...names]).values()].sort((a, b) => (a.word < b.word ? -1 : 1));
  return {
    classes: classes.map(([first = '']) => first),
    words: Object.fromEntries(entries.map((entry) => [entry.word, [...entry.classes].sort((a, b) => a - b)])),
  };
}

function collect(words: Words, word: string, id: number): void {
  const key = normalizeWords(word).join('');
  if (!key) return;
  const entry = words.get(key) ?? { word: word.toLowerCase(), classes: new Set() };
  entry.classes.add(id);
  words.set(key, entry);
}

function collectKinds(kinds: Words, classes: readonly string[][], wordNet: WordNet): void {
  const covered = new Map<string, Set<number>>();
  for (const [id, synset] of synsetsOfClasses(classes, wordNet).entries()) {
    for (const kind of synset ? ancestors(wordNet, synset) : []) {
      const ids = covered.get(kind) ?? new Set();
      covered.set(kind, ids.add(id));
    }
  }
  const words = new Set([...covered.keys()].flatMap((offset) => wordNet.synsets.get(offset)?.words ?? []));
  for (const word of words) {
    const senses = wordNet.senses.get(word)?.slice(0, MOST_SENSES) ?? [];
    const ids = covered.get(senses.find((offset) => covered.has(offset)) ?? '');
    if (!ids || ids.size > MOST_CLASSES) continue;
    for (const id of ids) collect(kinds, word, id);
  }
}

/**
 * The meaning of each class. A class is called by all the words of its synset, so the same set of words is the same
 * meaning; where several have it ("crane" the bird and the machine), the one that has most kinds in common with the
 * classes listed beside it, because ImageNet lists like beside like.
 */
function synsetsOfClasses(classes: readonly string[][], wordNet: WordNet): (string | undefined)[] {
  const candidates = classes.map((labels) => candidatesOf(labels, wordNet));
  const settled = candidates.map((offsets) => (offsets.length === 1 ? offsets[0] : undefined));
  return candidates.map((offsets, id) => {
    if (offsets.length <= 1) return offsets[0];
    const near = settled.slice(Math.max(0, id - 4), id + 5).filter((offset) => offset !== undefined);
    const kindsNear = near.flatMap((offset) => ancestors(wordNet, offset));
    const score = (offset: string) => {
      const kinds = new Set(ancestors(wordNet, offset));
      return kindsNear.filter((kind) => kinds.has(kind)).length;
    };
    return offsets.toSorted((a, b) => score(b) - score(a))[0];
  });
}

function candidatesOf(labels: readonly string[], { synsets, senses }: WordNet): string[] {
  // WordNet has "jellyfish" where ImageNet says "jelly fish".
  const spelt = labels.map((label) => label.toLowerCase());
  const known = spelt.filter((label) => senses.has(label));
  const wanted = new Set(known.length > 0 ? spelt : spelt.map((label) => label.replaceAll(' ', '')));
  const offsets = [...new Set([...wanted].flatMap((word) => senses.get(word) ?? []))];
  const shared = new Map(
    offsets.map((offset) => {
      const words = synsets.get(offset)?.words ?? [];
      const common = words.filter((word) => wanted.has(word)).length;
      return [offset, common / (words.length + wanted.size - common)];
    }),
  );
  const best = Math.max(0, ...shared.values());
  return offsets.filter((offset) => shared.get(offset) === best);
}
