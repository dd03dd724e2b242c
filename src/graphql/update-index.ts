import { updateIndex } from '../domain/indexes.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { Index } from './refs.ts';
import { ValidationPolicyInput } from './validation-policy.ts';

const UpdateIndexInput = builder.inputType('UpdateIndexInput', {
  description: 'What to change of an index; what is left out stays.',
  fields: (t) => ({
    id: t.globalID({ required: true, description: 'The id of the index.' }),
    name: t.string({ description: 'Its new name, 1 to 200 characters; no other index may have it.' }),
    validation: t.field({
      type: ValidationPolicyInput,
      description: 'The rules that change; they hold for videos that are validated from now on.',
    }),
  }),
});

const UpdateIndexResult = builder.errorUnion('UpdateIndexResult', {
  description: 'The index as it is now, or why it did not change.',
  types: [Index, InvalidInputError, NotFoundError, ConflictError],
  resolveType: () => Index,
});

builder.mutationField('updateIndex', (t) =>
  t.field({
    role: 'admin',
    type: UpdateIndexResult,
    description: 'Renames an index, or changes what it accepts from now on.',
    args: { input: t.arg({ type: UpdateIndexInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input }, { app, tenant }) =>
      app.db.transaction((tx) => updateIndex(tx, tenant, { ...input, id: localId('Index', input.id) })),
  }),
);
