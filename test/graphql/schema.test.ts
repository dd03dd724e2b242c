import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { renderSchema, SCHEMA_FILE } from '../../src/graphql/print-schema.ts';
import { schema } from '../../src/graphql/schema.ts';

describe('the schema', () => {
  it('is what schema.graphql says; `npm run schema` prints it anew', () => {
    assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), renderSchema());
  });

  it('describes every type, field, argument and enum value', () => {
    const parts = Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .flatMap((type) => {
        const own = [{ path: type.name, description: type.description }];
        if (isEnumType(type))
          return [
            ...own,
            ...type.getValues().map(({ name, description }) => ({ path: `${type}.${name}`, description })),
          ];
        if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return own;
        const fields = Object.values(type.getFields()).flatMap((field) => [
          { path: `${type}.${field.name}`, description: field.description },
          ...('args' in field ? field.args : []).map((argument: { name: string; description?: unknown }) => ({
            path: `${type}.${field.name}(${argument.name})`,
            description: argument.description,
          })),
        ]);
        return [...own, ...fields];
      });
    assert.ok(parts.length > 200);
    assert.deepEqual(
      parts.filter(({ description }) => !description).map(({ path }) => path),
      [],
    );
  });
});
