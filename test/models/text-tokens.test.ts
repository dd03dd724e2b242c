import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadTextTokens } from '../../src/models/text-tokens.ts';
import { WORDS, writeFiles } from '../helpers/tiny-models.ts';
import {
  clipTokenizer,
  robertaTokenizer,
  type TinyTokenizer,
  unigramTokenizer,
  wordPieceTokenizer,
} from '../helpers/tiny-tokenizers.ts';

const folder = await mkdtemp(join(tmpdir(), 'reelgraph-tokens-'));
after(() => rm(folder, { recursive: true }));

async function tokens(made: TinyTokenizer, texts: string[], length: number, pad: 'length' | 'longest') {
  await writeFiles(folder, { 'tokenizer.json': made.tokenizer, 'tokenizer_config.json': made.config });
  const manifest = { tokenizer: 'tokenizer.json', config: 'tokenizer_config.json', length, pad };
  const batch = (await loadTextTokens(folder, manifest))(texts);
  const names = new Map([...made.ids].map(([token, id]) => [id, token]));
  const { input_ids: ids, ...others } = batch.tensors;
  assert.ok(ids?.data instanceof BigInt64Array);
  assert.deepEqual(ids.dims, [texts.length, batch.length]);
  const rows = Array.from({ length: texts.length }, (_, row) =>
    Array.from(ids.data.slice(row * batch.length, (row + 1) * batch.length) as BigInt64Array, (id) =>
      names.get(Number(id)),
    ),
  );
  return { ...batch, rows, others };
}

test('CLIP: lower-cased byte pairs between its marks, filled up with the mark of the end to 77', async () => {
  const { rows, mask, length } = await tokens(clipTokenizer(WORDS), ['A  RED cat!'], 77, 'length');
  const [row = []] = rows;
  assert.deepEqual(row.slice(0, 7), ['<|startoftext|>', 'a</w>', 'red</w>', 'cat</w>', '!</w>', ...ends(2)]);
  assert.deepEqual(row.slice(7), ends(70));
  assert.equal(length, 77);
  assert.deepEqual(mask, [...new Array(6).fill(1), ...new Array(71).fill(0)]);
});

function ends(count: number): string[] {
  return new Array(count).fill('<|endoftext|>');
}

test('CLIP: of a text that is too long the end is cut off, and the mark of the end stays', async () => {
  const { rows } = await tokens(clipTokenizer(WORDS), [new Array(200).fill('cat').join(' ')], 77, 'length');
  assert.deepEqual(rows[0], ['<|startoftext|>', ...new Array(75).fill('cat</w>'), '<|endoftext|>']);
});

test('MobileCLIP: filled up with the token that its configuration names', async () => {
  const { rows } = await tokens(clipTokenizer(WORDS, '!'), ['cat'], 77, 'length');
  assert.deepEqual(rows[0]?.slice(0, 5), ['<|startoftext|>', 'cat</w>', '<|endoftext|>', '!', '!']);
});

test('SigLIP: lower-cased pieces and the mark of the end, with which they are filled up to 64', async () => {
  const { rows } = await tokens(unigramTokenizer(WORDS, 'siglip'), ['A photo of\nred cat'], 64, 'length');
  assert.deepEqual(rows[0]?.slice(0, 7), ['▁a', '▁photo', '▁of', '▁red', '▁cat', '</s>', '</s>']);
  assert.equal(rows[0]?.length, 64);
});

test('MiniLM: pieces of words between its marks, filled up to the longest of the texts', async () => {
  const { rows, mask, others } = await tokens(wordPieceTokenizer(WORDS), ['Rain', 'cats, dog'], 256, 'longest');
  assert.deepEqual(rows, [
    ['[CLS]', 'rain', '[SEP]', '[PAD]', '[PAD]', '[PAD]'],
    ['[CLS]', 'cat', '##s', ',', 'dog', '[SEP]'],
  ]);
  assert.deepEqual(mask, [1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  const values = Object.fromEntries(Object.entries(others).map(([name, { data }]) => [name, Array.from(data, Number)]));
  assert.deepEqual(values, {
    attention_mask: mask,
    token_type_ids: new Array(12).fill(0),
    position_ids: [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5],
  });
});

test('E5: the pieces of XLM-R', async () => {
  const { rows } = await tokens(unigramTokenizer(WORDS, 'e5'), ['query: rain'], 512, 'longest');
  assert.deepEqual(rows[0], ['<s>', '▁query', ':', '▁rain', '</s>']);
});

test('CLAP: the byte pairs of RoBERTa, in which a space is part of the word behind it', async () => {
  const { rows } = await tokens(robertaTokenizer(WORDS), ['dog rain'], 512, 'longest');
  assert.deepEqual(rows[0], ['<s>', 'dog', 'Ġrain', '</s>']);
});

test('an empty text is its marks alone', async () => {
  const { rows } = await tokens(wordPieceTokenizer(WORDS), [''], 256, 'longest');
  assert.deepEqual(rows[0], ['[CLS]', '[SEP]']);
});

test('a tokenizer without a token to fill up with is an error', async () => {
  const made = wordPieceTokenizer(WORDS);
  await assert.rejects(
    tokens({ ...made, config: { pad_token: '<none>' } }, ['a'], 9, 'longest'),
    /no padding token "<none>"/,
  );
});
