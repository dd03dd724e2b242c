import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SpeechManifest } from './hub-parts.ts';
import { createSession } from './onnx-session.ts';
import { importTransformers } from './transformers.ts';

const modelConfig = z.looseObject({ max_target_positions: z.int().positive() });
const featuresConfig = z.looseObject({ sampling_rate: z.literal(16_000), n_samples: z.int().positive() });
const generationConfig = z.looseObject({
  decoder_start_token_id: z.int(),
  eos_token_id: z.int(),
  no_timestamps_token_id: z.int(),
  lang_to_id: z.record(z.string(), z.int()).optional(),
  task_to_id: z.looseObject({ transcribe: z.int() }).optional(),
});

/** Whisper, without what is made of its answers. */
export interface Whisper {
  readonly tokens: {
    start: number;
    end: number;
    /** Of the start of a window; those after it count up in steps of 20 ms. */
    zero: number;
    noSpeech: number;
    transcribe: number | undefined;
    /** By Whisper's own codes; empty where the network knows English only. */
    languages: ReadonlyMap<string, number>;
  };
  /** Takes in one window of sound (mono, 16 kHz, at most 30 s). */
  hear(samples: Float32Array): Promise<Heard>;
  /** The words that the tokens stand for. */
  read(tokens: readonly number[]): string;
  close(): Promise<void>;
}

/** A window of sound that has been taken in. */
export interface Heard {
  /** For each token, the logit that it follows the token of the start. */
  readonly first: Float32Array;
  /**
   * What the network writes after a prompt, the likeliest token each time, with tokens of time and without the mark of
   * the end; and the mean of the logarithms of how likely it found each word of it.
   */
  write(prompt: readonly number[], signal?: AbortSignal): Promise<{ written: number[]; likelihood: number }>;
}

/** Loads Whisper from an installed bundle. `threads` is how many threads a run may use. */
export async function loadWhisper(folder: string, files: SpeechManifest, threads: number): Promise<Whisper> {
  const read = async (file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));
  const config = modelConfig.parse(await read(files.config));
  const generation = generationConfig.parse(await read(files.generation));
  const library = await importTransformers();
  const { Tensor } = library;
  const extract = new library.WhisperFeatureExtractor(featuresConfig.parse(await read(files.features)));
  const tokenizer = new library.WhisperTokenizer(await read(files.tokenizer), await read(files.tokenizerConfig));
  const encoder = await createSession(join(folder, files.encoder), threads);
  const decoder = await createSession(join(folder, files.decoder), threads, { variesInShape: true }).catch(
    async (error) => {
      await encoder.release();
      throw error;
    },
  );
  const model = new library.WhisperForConditionalGeneration(
    new library.PretrainedConfig(config),
    { model: encoder, decoder_model_merged: decoder },
    { generation_config: generation },
  );
  // It would encode a window anew for each use.
  model.forward_params.push('encoder_outputs');

  const { decoder_start_token_id: start, eos_token_id: end, no_timestamps_token_id: noTimes } = generation;
  const languages = new Map(Object.entries(generation.lang_to_id ?? {}).map(([name, id]) => [name.slice(2, -2), id]));
  return {
    tokens: {
      start,
      end,
      zero: noTimes + 1,
      // Stands before the token of no timestamps in every vocabulary of Whisper's, under two names.
      noSpeech: noTimes - 1,
      transcribe: generation.task_to_id?.transcribe,
      languages,
    },
    async hear(samples) {
      const { input_features: features } = await extract(samples);
      const { last_hidden_state: state } = await encoder.run({ [encoder.inputNames[0] ?? '']: features.ort_tensor });
      if (!state) throw new Error(`${files.encoder} has no output "last_hidden_state".`);
      const encoded = new Tensor(state);
      const prompt = new Tensor('int64', BigInt64Array.of(BigInt(start)), [1, 1]);
      const { logits } = await model.forward({ encoder_outputs: encoded, decoder_input_ids: prompt });
      return {
        first: logits.data,
        async write(after, signal) {
          const likelihood = createLikelihood(end);
          const watched = new library.LogitsProcessorList();
          watched.processors.push((ids: bigint[][], next: { data: Float32Array }) => {
            // The library's own way to interrupt does not reach this network.
            signal?.throwIfAborted();
            likelihood.step(Number(ids[0]?.at(-1)), next.data);
            return next;
          });
          const options = {
            inputs: features,
            encoder_outputs: encoded,
            decoder_input_ids: [...after],
            logits_processor: watched,
            return_timestamps: true,
            // As OpenAI's reference; and with it given, the library leaves the loop over windows to us.
            max_new_tokens: Math.floor(config.max_target_positions / 2),
          };
          const output = await model.generate(options as never);
          if (!(output instanceof Tensor)) throw new Error('Whisper gave no tokens.');
          const written: number[] = output.tolist()[0].slice(after.length).map(Number);
          likelihood.step(written.at(-1) ?? end);
          return { written: written.at(-1) === end ? written.slice(0, -1) : written, likelihood: likelihood.mean() };
        },
      };
    },
    read: (tokens) => (tokens.length > 0 ? tokenizer.decode([...tokens], { skip_special_tokens: true }) : ''),
    async close() {
      await model.dispose();
    },
  };
}

// Of each token, it is known how likely it was only once the next is asked for: the library chooses in between.
function createLikelihood(end: number) {
  let logits: Float32Array | undefined;
  let sum = 0;
  let count = 0;
  return {
    step(chosen: number, next?: Float32Array) {
      if (logits && chosen <= end) {
        sum += Math.log(probabilityOf(chosen, logits));
        count++;
      }
      logits = next?.slice();
    },
    mean: () => (count > 0 ? sum / count : 0),
  };
}

/** The part that a token has of the whole, by softmax. */
export function probabilityOf(token: number, logits: Float32Array): number {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const whole = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
  return Math.exp((logits[token] ?? Number.NEGATIVE_INFINITY) - most) / whole;
}
