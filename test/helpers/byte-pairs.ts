export type Vocab = Record<string, number>;

/** Pieces by their place. */
export function numbered(pieces: readonly string[]): Vocab {
  return Object.fromEntries([...new Set(pieces)].map((piece, id) => [piece, id]));
}

/** A vocabulary of byte pairs, and merges that make each word one token, from left to right. */
export function bytePairs(start: readonly string[], words: readonly string[][], end: readonly string[] = []) {
  const merges: [string, string][] = [];
  const pieces = [...start];
  for (const word of words) {
    let symbols = word;
    for (const [a, b] of merges) symbols = merge(symbols, a, b);
    while (symbols.length > 1) {
      const [a = '', b = ''] = symbols;
      merges.push([a, b]);
      pieces.push(a + b);
      symbols = merge(symbols, a, b);
    }
  }
  return { vocab: numbered([...pieces, ...end]), merges: merges.map((pair) => pair.join(' ')) };
}

function merge(symbols: readonly string[], a: string, b: string): string[] {
  const merged: string[] = [];
  for (let at = 0; at < symbols.length; at++) {
    const both = symbols[at] === a && symbols[at + 1] === b;
    merged.push(both ? a + b : (symbols[at] ?? ''));
    if (both) at++;
  }
  return merged;
}

/** What a `tokenizer.json` says of byte pairs. */
export function bpe(vocab: Vocab, merges: string[]) {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    vocab,
    merges,
  };
}
