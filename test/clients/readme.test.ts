import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildSchema, isInterfaceType } from 'graphql';
import { blocks, section } from '../helpers/readme.ts';
import { possibleTypes } from './possible-types.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts'));
const tested = new Set(files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')));

describe('the set-ups that README has are, to the letter, those that the tests use', () => {
  for (const client of ['Apollo Client', 'urql', 'graphql-ws and server-sent events'])
    it(client, () => {
      const shown = blocks(section(client, 3), 'ts');
      assert.ok(shown.length > 0);
      for (const code of shown) assert.ok(tested.has(code), code);
    });
});

it('the types that it names for the interfaces are those of schema.graphql', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType);
  const types = interfaces.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
  assert.deepEqual(possibleTypes, Object.fromEntries(types));
});
