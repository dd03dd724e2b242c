import type { SpeechManifest } from '../../src/models/hub-parts.ts';
import { type Graph, makeModel, type Value } from './tiny-graphs.ts';
import { writeFiles } from './tiny-models.ts';
import { whisperTokenizer } from './tiny-tokenizers.ts';

/** What a tiny Whisper writes for a window. */
export interface Script {
  language: string;
  /** Words and seconds in the order of the tokens: `[0, 'hello', 'world', 1, 1, 'cat', 2]`. */
  tokens: (string | number)[];
  /** It finds that nothing is said, and its words unlikely. */
  unsure?: boolean;
}

/** For a window in which low sounds (under about 1 kHz) are louder, and for one in which high ones are. */
export interface Scripts {
  low: Script;
  high: Script;
}

export const SCRIPTS: Scripts = {
  low: { language: 'en', tokens: [0, 'hello', 'world', 1, 1, 'red', 'cat', 2.5] },
  high: { language: 'de', tokens: [0, 'guten', 'tag', 1.5] },
};

const WORDS = ['hello', 'world', 'red', 'cat', 'dog', 'rain', 'music', 'guten', 'tag', 'a'];
const LANGUAGES = ['en', 'de', 'jw'];

/**
 * Stands in for Whisper: an encoder and a merged decoder of the same inputs and outputs as the real ones, with its past,
 * and the real ones' configuration. Each token decides which follows, so none may stand twice in a script, but for a time.
 */
export async function writeTinyWhisper(folder: string, scripts = SCRIPTS): Promise<SpeechManifest> {
  const { tokenizer, config, ids } = whisperTokenizer(WORDS, LANGUAGES);
  const id = (token: string): number => {
    const found = ids.get(token);
    if (found === undefined) throw new Error(`The tiny Whisper has no token ${token}.`);
    return found;
  };
  const end = id('<|endoftext|>');
  const generation = {
    begin_suppress_tokens: [id('Ġ'), end],
    bos_token_id: end,
    decoder_start_token_id: id('<|startoftranscript|>'),
    eos_token_id: end,
    forced_decoder_ids: [
      [1, null],
      [2, id('<|transcribe|>')],
    ],
    is_multilingual: true,
    lang_to_id: Object.fromEntries(LANGUAGES.map((language) => [`<|${language}|>`, id(`<|${language}|>`)])),
    max_initial_timestamp_index: 50,
    max_length: 448,
    no_timestamps_token_id: id('<|notimestamps|>'),
    pad_token_id: end,
    return_timestamps: false,
    suppress_tokens: [id('<|startoflm|>')],
    task_to_id: { transcribe: id('<|transcribe|>'), translate: id('<|translate|>') },
  };
  await writeFiles(folder, {
    'encoder_model.onnx': makeEncoder(),
    'decoder_model_merged.onnx': makeDecoder(ids.size, id('<|0.00|>'), [
      follow(scripts.low, ids.size, id),
      follow(scripts.high, ids.size, id),
    ]),
    'config.json': CONFIG,
    'generation_config.json': generation,
    'preprocessor_config.json': FEATURES,
    'tokenizer.json': tokenizer,
    'tokenizer_config.json': config,
  });
  return {
    kind: 'whisper',
    encoder: 'encoder_model.onnx',
    decoder: 'decoder_model_merged.onnx',
    config: 'config.json',
    generation: 'generation_config.json',
    features: 'preprocessor_config.json',
    tokenizer: 'tokenizer.json',
    tokenizerConfig: 'tokenizer_config.json',
  };
}

interface Follower {
  likeliest: number[];
  second: number[];
  /** By how much the likeliest is above the others. */
  sureness: number[];
}

// For each token the one that follows it, and the one that does where that may not.
function follow({ language, tokens, unsure = false }: Script, size: number, id: (token: string) => number): Follower {
  const likeliest = new Array<number>(size).fill(id('<|endoftext|>'));
  const second = [...likeliest];
  const names = tokens.map((token) => (typeof token === 'number' ? `<|${token.toFixed(2)}|>` : `Ġ${token}`));
  const path = ['<|transcribe|>', ...names, '<|endoftext|>'].map(id);
  const taken = new Set<number>();
  for (const [at, token] of path.entries()) {
    const next = path[at + 1];
    if (next !== undefined) (taken.has(token) ? second : likeliest)[token] = next;
    taken.add(token);
  }
  const [start, spoken, nothing] = [id('<|startoftranscript|>'), id(`<|${language}|>`), id('<|nospeech|>')];
  likeliest[start] = unsure ? nothing : spoken;
  second[start] = unsure ? spoken : nothing;
  const sureness = likeliest.map((_, token) => (unsure && token !== start ? 1 : 10));
  return { likeliest, second, sureness };
}

// Whether the lower half of the bands is louder, for each of the 1500 steps of 20 ms.
function makeEncoder(): Uint8Array {
  const output: Value = ['float', 'batch_size', 1500, 1];
  return makeModel(
    { input_features: ['float', 'batch_size', 80, 3000] },
    { last_hidden_state: output },
    ({ add, constant }) => {
      const halves = Array.from({ length: 80 }, (_, band) => (band < 40 ? 1 : -1));
      const bands = add('ReduceMean', ['input_features'], { axes: [2], keepdims: 0 });
      const louder = add('MatMul', [bands, constant('float', [80, 1], halves)]);
      const steps = add('Unsqueeze', [louder, constant('int64', [1], [2])]);
      add('Expand', [steps, constant('int64', [3], [1, 1500, 1])], {}, 'last_hidden_state');
    },
  );
}

function makeDecoder(size: number, zero: number, [low, high]: [Follower, Follower]): Uint8Array {
  const past = (of: string): Value => ['float', 'batch_size', 1, `past_${of}_sequence_length`, 1];
  const cache = (prefix: string) =>
    Object.fromEntries(
      ['decoder', 'encoder'].flatMap((of) =>
        ['key', 'value'].map((kind): [string, Value] => [`${prefix}.0.${of}.${kind}`, past(of)]),
      ),
    );
  const inputs: Record<string, Value> = {
    input_ids: ['int64', 'batch_size', 'decoder_sequence_length'],
    encoder_hidden_states: ['float', 'batch_size', 'encoder_sequence_length', 1],
    ...cache('past_key_values'),
    use_cache_branch: ['bool', 1],
  };
  const logits: Value = ['float', 'batch_size', 'decoder_sequence_length', size];
  return makeModel(inputs, { logits, ...cache('present') }, (graph) => {
    const { add, constant } = graph;
    const first = constant('int64', [1], [0]);
    const louder = add('Gather', [add('Squeeze', ['encoder_hidden_states', constant('int64', [1], [2])]), first], {
      axis: 1,
    });
    const isLow = add('Greater', [louder, constant('float', [1], [0])]);
    const choose = (a: string, b: string) => add('Where', [isLow, a, b]);
    const next = (kind: 'likeliest' | 'second') =>
      choose(follows(graph, 'int64', low[kind]), follows(graph, 'int64', high[kind]));
    const each = choose(follows(graph, 'float', low.sureness), follows(graph, 'float', high.sureness));
    const sureness = add('Unsqueeze', [each, constant('int64', [1], [2])]);
    const one = (tokens: string) =>
      add('OneHot', [tokens, constant('int64', [], [size]), constant('float', [2], [0, 1])], { axis: -1 });
    const [likeliest, second] = [one(next('likeliest')), one(next('second'))];
    const weighed = add('Add', [likeliest, add('Mul', [second, constant('float', [1], [0.8])])]);
    // Else the many times together would be likelier than any word.
    const rarely = constant(
      'float',
      [size],
      Array.from({ length: size }, (_, token) => (token < zero ? 0 : -20)),
    );
    const others = add('Sub', [constant('float', [1], [1]), add('Max', [likeliest, second])]);
    add('Add', [add('Mul', [weighed, sureness]), add('Mul', [rarely, others])], {}, 'logits');
    keepPast(graph);
  });
}

function follows({ add, constant }: Graph, type: 'int64' | 'float', values: number[]): string {
  return add('Gather', [constant(type, [values.length], values), 'input_ids']);
}

// The decoder's past grows by what it is given, which is more than one token only at first; the encoder's is made then.
function keepPast({ add, constant }: Graph): void {
  const axes = constant('int64', [2], [1, 3]);
  const given = add('Unsqueeze', [add('Cast', ['input_ids'], { to: 1 }), axes]);
  const heard = add('Unsqueeze', ['encoder_hidden_states', constant('int64', [1], [1])]);
  for (const kind of ['key', 'value']) {
    add('Concat', [`past_key_values.0.decoder.${kind}`, given], { axis: 2 }, `present.0.decoder.${kind}`);
    add('Identity', [heard], {}, `present.0.encoder.${kind}`);
  }
}

// As openai/whisper-base has them, with fewer layers.
const FEATURES = {
  feature_extractor_type: 'WhisperFeatureExtractor',
  ...{ chunk_length: 30, n_samples: 480_000, nb_max_frames: 3000, sampling_rate: 16_000 },
  ...{ feature_size: 80, hop_length: 160, n_fft: 400, padding_side: 'right', padding_value: 0 },
};
const CONFIG = {
  model_type: 'whisper',
  is_encoder_decoder: true,
  ...{ d_model: 1, num_mel_bins: 80, max_source_positions: 1500, max_target_positions: 448 },
  ...{ decoder_attention_heads: 1, decoder_layers: 1, encoder_attention_heads: 1, encoder_layers: 1 },
};
