import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import metadata from '../../package.json' with { type: 'json' };
import { DEFAULT_POLICY, DEFAULT_SEGMENTATION } from '../../src/domain/rules.ts';
import { settings } from '../../src/env.ts';
import { readme, readmeDocuments, section } from '../helpers/readme.ts';

/** The first cells of a table's rows, each `in code`. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
}

test('the table of settings has exactly the settings, with their defaults', () => {
  const table = section('Settings');
  assert.deepEqual(firstCells(table), Object.keys(settings.shape));
  const { HOST, DATABASE_CONNECTIONS, ROLE, MAX_UPLOAD_SIZE, LOG_LEVEL } = settings.parse({});
  for (const [name, value] of Object.entries({ HOST, DATABASE_CONNECTIONS, ROLE, MAX_UPLOAD_SIZE, LOG_LEVEL }))
    assert.match(table, new RegExp(`^\\| \`${name}\` \\| ${value}\\b`, 'm'));
});

test('the table of what an index accepts has exactly the policy, with its defaults', () => {
  const table = section('What an index accepts');
  assert.deepEqual(firstCells(table).sort(), Object.keys(DEFAULT_POLICY).sort());
  const inGiB = { ...DEFAULT_POLICY, maxFileSize: `${DEFAULT_POLICY.maxFileSize / 1024 ** 3} GiB` };
  for (const [name, value] of Object.entries(inGiB))
    assert.match(table, new RegExp(`^\\| \`${name}\` \\| (under )?${value}\\b`, 'm'));
  assert.match(table, new RegExp(`Segments are ${DEFAULT_SEGMENTATION.clipLength} seconds long without overlap`));
});

test('the operations that it shows are valid against schema.graphql', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const documents = readmeDocuments();
  assert.ok(documents.length >= 4);
  for (const document of documents) assert.deepEqual(validate(schema, parse(document)), [], document);
});

test('the npm scripts that it names exist', () => {
  const named = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name = '']) => name);
  assert.ok(named.includes('demo'));
  assert.deepEqual(
    named.filter((name) => !(name in metadata.scripts)),
    [],
  );
});
