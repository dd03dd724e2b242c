import { createIndex } from '../domain/indexes.ts';
import { ensureVectorIndexes } from '../domain/vector-indexes.ts';
import { ConflictError, InvalidInputError, LimitExceededError } from '../errors.ts';
import { builder } from './builder.ts';
import { ModalityEnum } from './modality.ts';
import { Index } from './refs.ts';
import { SegmentationInput } from './segmentation.ts';
import { ValidationPolicyInput } from './validation-policy.ts';

const CreateIndexInput = builder.inputType('CreateIndexInput', {
  description: 'A new index. Only its name is needed.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 200 characters; no other index may have it.' }),
    model: t.string({ description: 'The name of one of `models`: "builtin" when nothing is said.' }),
    modalities: t.field({
      type: [ModalityEnum],
      description: 'What to embed: all that the model supports when nothing is said.',
    }),
    segmentation: t.field({ type: SegmentationInput, description: 'How to cut videos into clips.' }),
    validation: t.field({ type: ValidationPolicyInput, description: 'What videos to accept.' }),
  }),
});

const CreateIndexResult = builder.errorUnion('CreateIndexResult', {
  description: 'The new index, or why there is none.',
  types: [Index, InvalidInputError, ConflictError, LimitExceededError],
  resolveType: () => Index,
});

builder.mutationField('createIndex', (t) =>
  t.field({
    role: 'admin',
    type: CreateIndexResult,
    description: 'Creates an index.',
    args: { input: t.arg({ type: CreateIndexInput, required: true, description: 'What it is to be.' }) },
    resolve: async (_, { input }, { app, tenant }) => {
      const models = await app.models.list();
      // Its bundle may have been installed since the server was started.
      await ensureVectorIndexes(
        app.db,
        models.filter(({ name }) => name === (input.model ?? 'builtin')),
      );
      return app.db.transaction((tx) => createIndex(tx, tenant, models, input, app.env.MAX_INDEXES));
    },
  }),
);
