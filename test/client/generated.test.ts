import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { generate } from '@graphql-codegen/cli';
import config from '../../codegen.ts';

test('what codegen makes of schema.graphql and the documents is what is kept', async () => {
  const files = await generate({ ...config, silent: true }, false);
  assert.ok(files.length >= 3);
  for (const { filename, content } of files)
    assert.equal(await readFile(filename, 'utf8'), content, `${filename} is old: npm run codegen`);
});
