import { bpe, bytePairs, numbered, type Vocab } from './byte-pairs.ts';

/** What stands in `tokenizer.json` and `tokenizer_config.json`, and the ids of its tokens. */
export interface TinyTokenizer {
  tokenizer: object;
  config: object;
  ids: ReadonlyMap<string, number>;
}

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz:.,!'"];

/** CLIP's: byte pairs of lower-cased words that end with `</w>`. `padding` is `!` for MobileCLIP. */
export function clipTokenizer(words: readonly string[], padding = '<|endoftext|>'): TinyTokenizer {
  const start = [...LETTERS, ...LETTERS.map((letter) => `${letter}</w>`)];
  const { vocab, merges } = bytePairs(
    start,
    words.map((word) => [...word.slice(0, -1), `${word.at(-1)}</w>`]),
    ['<|startoftext|>', '<|endoftext|>'],
  );
  return made(
    vocab,
    ['<|startoftext|>', '<|endoftext|>'],
    {
      normalizer: sequence('normalizers', [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ]),
      pre_tokenizer: sequence('pretokenizers', [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ]),
      post_processor: roberta(vocab, '<|startoftext|>', '<|endoftext|>'),
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: { ...bpe(vocab, merges), unk_token: '<|endoftext|>', end_of_word_suffix: '</w>' },
    },
    { tokenizer_class: 'CLIPTokenizer', model_max_length: 77, pad_token: padding },
  );
}

/** BERT's, as of MiniLM: pieces of lower-cased words. */
export function wordPieceTokenizer(words: readonly string[]): TinyTokenizer {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
  const vocab = numbered([...special, ...words, ...LETTERS, ...LETTERS.map((letter) => `##${letter}`)]);
  return made(
    vocab,
    special,
    {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: template(vocab, '[CLS]', '[SEP]'),
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    { tokenizer_class: 'BertTokenizer', model_max_length: 512, pad_token: '[PAD]' },
  );
}

/** SentencePiece's: XLM-R's, as of E5, or T5's, as of SigLIP, which lower-cases and pads with the mark of the end. */
export function unigramTokenizer(words: readonly string[], of: 'e5' | 'siglip'): TinyTokenizer {
  const special = of === 'e5' ? ['<s>', '<pad>', '</s>', '<unk>'] : ['<pad>', '</s>', '<unk>'];
  const pieces = [...special, ...words.map((word) => `▁${word}`), '▁', ...LETTERS];
  const vocab = numbered(pieces);
  const normalizers = [{ type: 'Precompiled', precompiled_charsmap: '' }];
  return made(
    vocab,
    special,
    {
      normalizer: of === 'e5' ? normalizers[0] : sequence('normalizers', [{ type: 'Lowercase' }, ...normalizers]),
      pre_tokenizer: sequence('pretokenizers', [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      ]),
      post_processor: template(vocab, of === 'e5' ? '<s>' : undefined, '</s>'),
      decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      model: {
        type: 'Unigram',
        unk_id: vocab['<unk>'],
        vocab: pieces.map((piece) => [piece, special.includes(piece) ? 0 : piece.length > 1 ? -1 : -10]),
      },
    },
    of === 'e5'
      ? { tokenizer_class: 'XLMRobertaTokenizer', model_max_length: 512, pad_token: '<pad>' }
      : { tokenizer_class: 'SiglipTokenizer', model_max_length: 64, pad_token: '</s>' },
  );
}

/** RoBERTa's, as of CLAP: byte pairs, in which a space is a letter. */
export function robertaTokenizer(words: readonly string[]): TinyTokenizer {
  const special = ['<s>', '<pad>', '</s>', '<unk>'];
  const { vocab, merges } = bytePairs(
    [...special, 'Ġ', ...LETTERS],
    words.flatMap((word) => [[...word], ['Ġ', ...word]]),
  );
  return made(
    vocab,
    special,
    {
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      post_processor: roberta(vocab, '<s>', '</s>'),
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: bpe(vocab, merges),
    },
    { tokenizer_class: 'RobertaTokenizer', model_max_length: 512, pad_token: '<pad>' },
  );
}

/** Whisper's: byte pairs, and its tokens of languages, tasks and time, which follow all words. */
export function whisperTokenizer(words: readonly string[], languages: readonly string[]): TinyTokenizer {
  const { vocab, merges } = bytePairs(
    ['Ġ', ...LETTERS],
    words.map((word) => ['Ġ', ...word]),
  );
  const special = [
    '<|endoftext|>',
    '<|startoftranscript|>',
    ...languages.map((language) => `<|${language}|>`),
    ...['translate', 'transcribe', 'startoflm', 'startofprev', 'nospeech', 'notimestamps'].map((name) => `<|${name}|>`),
  ];
  const times = Array.from({ length: 1501 }, (_, step) => `<|${(step * 0.02).toFixed(2)}|>`);
  const all = numbered([...Object.keys(vocab), ...special, ...times]);
  const { tokenizer, config } = made(
    all,
    special,
    {
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: bpe(vocab, merges),
    },
    { tokenizer_class: 'WhisperTokenizer', model_max_length: 1024, pad_token: '<|endoftext|>' },
  );
  const added = times.map((content) => addedToken(content, all[content] ?? 0, false));
  const given = (tokenizer as { added_tokens: object[] }).added_tokens;
  return { tokenizer: { ...tokenizer, added_tokens: [...given, ...added] }, config, ids: new Map(Object.entries(all)) };
}

function made(vocab: Vocab, special: readonly string[], parts: object, config: object): TinyTokenizer {
  const added_tokens = special.map((content) => addedToken(content, vocab[content] ?? 0, true));
  const tokenizer = { version: '1.0', truncation: null, padding: null, added_tokens, ...parts };
  return { tokenizer, config, ids: new Map(Object.entries(vocab)) };
}

function addedToken(content: string, id: number, special: boolean) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

function roberta(vocab: Vocab, start: string, end: string) {
  const sep = [end, vocab[end]];
  return {
    type: 'RobertaProcessing',
    sep,
    cls: [start, vocab[start]],
    trim_offsets: true,
    add_prefix_space: false,
  };
}

function template(vocab: Vocab, start: string | undefined, end: string) {
  const mark = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const ends = start === undefined ? [end] : [start, end];
  return {
    type: 'TemplateProcessing',
    single: [...(start === undefined ? [] : [mark(start)]), { Sequence: { id: 'A', type_id: 0 } }, mark(end)],
    pair: [],
    special_tokens: Object.fromEntries(ends.map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }])),
  };
}

function sequence(name: 'normalizers' | 'pretokenizers', steps: object[]) {
  return { type: 'Sequence', [name]: steps };
}
