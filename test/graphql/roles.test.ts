import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { execute, parse } from 'graphql';
import type { Role } from '../../src/db/values.ts';
import { builder } from '../../src/graphql/builder.ts';
import { createContext } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createGraphQLApp, type GraphQLApp, ORIGIN } from '../helpers/graphql-app.ts';

let test: GraphQLApp;
before(async () => {
  test = await createGraphQLApp();
});
after(() => test[Symbol.asyncDispose]());

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

it('every mutation says which role it needs, and so does its description', () => {
  const roles: Record<string, string[]> = {};
  for (const { name, extensions, description } of mutations) {
    const role = String(extensions.role);
    assert.match(description ?? '', new RegExp(`Needs the role \`${role}\`\\.$`), name);
    roles[role] = [...(roles[role] ?? []), name];
  }
  assert.deepEqual(Object.keys(roles).sort(), ['admin', 'read', 'write']);
  assert.deepEqual(roles.read, ['embed']);
  assert.deepEqual(roles.admin?.sort(), ['cancelReindex', 'createIndex', 'deleteIndex', 'reindexIndex', 'updateIndex']);
});

it('one that says none is no part of a schema', () => {
  builder.mutationField('forgotten', (t) => t.boolean({ description: 'Says nothing.', resolve: () => true } as never));
  assert.throws(() => builder.toSchema(), /the mutation forgotten does not say which role it needs/);
});

it('a field refuses on its own, whatever has let the document through', async () => {
  const run = (document: string, role: Role) => {
    const caller = { tenant: 'default', role, keyId: null };
    const contextValue = createContext(test.app, { caller, origin: ORIGIN, linkKey: null });
    return execute({ schema, document: parse(document), contextValue });
  };
  const { data, errors } = await run('mutation { createIndex(input: { name: "no" }) { __typename } }', 'write');
  assert.equal(data, null);
  assert.deepEqual(
    errors?.map(({ extensions }) => extensions.code),
    ['FORBIDDEN'],
  );
  assert.deepEqual(await test.query('{ indexes { totalCount } }'), { indexes: { totalCount: 0 } });
});
