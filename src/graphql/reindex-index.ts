import { cancelReindex, startReindex } from '../domain/reindexes.ts';
import { ensureVectorIndexes } from '../domain/vector-indexes.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { ModalityEnum } from './modality.ts';
import { Reindex } from './refs.ts';

const ReindexIndexResult = builder.errorUnion('ReindexIndexResult', {
  description: 'The reindex that has begun, or why none has.',
  types: [Reindex, InvalidInputError, NotFoundError, ConflictError],
  resolveType: () => Reindex,
});

const ReindexResult = builder.errorUnion('ReindexResult', {
  description: 'The reindex as it is now, or why it did not change.',
  types: [Reindex, NotFoundError, ConflictError],
  resolveType: () => Reindex,
});

builder.mutationFields((t) => ({
  reindexIndex: t.field({
    role: 'admin',
    type: ReindexIndexResult,
    description:
      "Changes an index to another model: embeds its videos anew while the former model's embeddings go on serving searches, until all are done. One at a time for an index.",
    args: {
      id: t.arg.globalID({ required: true, description: 'The id of the index.' }),
      model: t.arg.string({ required: true, description: 'The name of one of `models`, another than the index has.' }),
      modalities: t.arg({
        type: [ModalityEnum],
        description:
          'What to embed from now on. When nothing is said: what the index embeds now, as far as the new model supports it; and all that the new model supports where the index embeds all that its present model does.',
      }),
    },
    resolve: async (_, { id, model, modalities }, { app, tenant }) => {
      const models = await app.models.list();
      // Its bundle may have been installed since the server was started.
      await ensureVectorIndexes(
        app.db,
        models.filter(({ name }) => name === model),
      );
      const input = { indexId: localId('Index', id), model, modalities };
      return app.db.transaction((tx) => startReindex(tx, app.queue, tenant, models, input));
    },
  }),
  cancelReindex: t.field({
    role: 'admin',
    type: ReindexResult,
    description: 'Stops a reindex that is RUNNING; the index keeps the model that it has.',
    args: { id: t.arg.globalID({ required: true, description: 'The id of the reindex.' }) },
    resolve: (_, { id }, { app, tenant }) =>
      app.db.transaction((tx) => cancelReindex(tx, app.queue, tenant, localId('Reindex', id))),
  }),
}));
