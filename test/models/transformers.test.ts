import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importTransformers } from '../../src/models/transformers.ts';

test('the library looks for no file of its own accord, here or elsewhere', async (context) => {
  const { AutoTokenizer, env } = await importTransformers();
  const fetched = context.mock.fn(async () => new Response());
  env.fetch = fetched;
  await assert.rejects(AutoTokenizer.from_pretrained('owner/model'));
  assert.equal(fetched.mock.callCount(), 0);
});
