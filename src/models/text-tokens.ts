import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tokenizers from '@huggingface/tokenizers';
import type { TokensManifest } from './hub-parts.ts';
import { Tensor } from './onnx-runtime.ts';

/** Tokens of texts, all of one length. */
export interface TokenBatch {
  /** Under the names that exports of transformers use for their inputs. */
  tensors: Record<string, Tensor>;
  /** 1 for each token, 0 where it was filled up; text by text. */
  mask: readonly number[];
  length: number;
}

// What is used of the library's class, whose own types import each other in a way that only bundlers resolve.
interface Tokenizer {
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
  token_to_id(token: string): number | undefined;
}

/**
 * Loads a tokenizer. A text that is too long is cut before the tokens that mark its end, as Hugging Face's tokenizers do:
 * CLIP reads a text off that mark.
 */
export async function loadTextTokens(
  folder: string,
  manifest: TokensManifest,
): Promise<(texts: readonly string[]) => TokenBatch> {
  const read = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(folder, file), 'utf8'));
  const config = await read(manifest.config);
  const tokenizer: Tokenizer = new tokenizers.Tokenizer(await read(manifest.tokenizer), config);
  const padding = paddingToken(tokenizer, config);
  const ending = countEnding(tokenizer);

  const encode = (text: string): number[] => {
    const { ids } = tokenizer.encode(text);
    if (ids.length <= manifest.length) return ids;
    return [...ids.slice(0, manifest.length - ending), ...ids.slice(ids.length - ending)];
  };

  return (texts) => {
    const rows = texts.map(encode);
    const length = manifest.pad === 'length' ? manifest.length : Math.max(...rows.map((row) => row.length));
    const fill = (value: (row: number[], at: number) => number): number[] =>
      rows.flatMap((row) => Array.from({ length }, (_, at) => value(row, at)));
    const tensor = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [rows.length, length]);
    const mask = fill((row, at) => (at < row.length ? 1 : 0));
    return {
      length,
      mask,
      tensors: {
        input_ids: tensor(fill((row, at) => row[at] ?? padding)),
        attention_mask: tensor(mask),
        token_type_ids: tensor(fill(() => 0)),
        position_ids: tensor(fill((_, at) => at)),
      },
    };
  };
}

// transformers pads with the end of the text where a configuration names no padding.
function paddingToken(tokenizer: Tokenizer, config: Record<string, unknown>): number {
  const given = config.pad_token ?? config.eos_token;
  const name = typeof given === 'object' && given !== null && 'content' in given ? given.content : given;
  const id = typeof name === 'string' ? tokenizer.token_to_id(name) : undefined;
  if (id === undefined) throw new Error(`The tokenizer has no padding token ${JSON.stringify(name)}.`);
  return id;
}

// How many tokens are put behind every text.
function countEnding(tokenizer: Tokenizer): number {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const { ids } = tokenizer.encode('a');
  const start = ids.findIndex((_, at) => bare.every((id, step) => ids[at + step] === id));
  return ids.length - Math.max(start, 0) - bare.length;
}
