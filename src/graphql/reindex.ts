import { builder } from './builder.ts';
import { COST } from './complexity.ts';
import { EmbeddingModel, findModel } from './embedding-model.ts';
import { ModalityEnum } from './modality.ts';
import { Index, Reindex } from './refs.ts';
import { TaskFailureType } from './task-failure.ts';

const ReindexStatusEnum = builder.enumType('ReindexStatus', {
  description: 'How far a reindex has come. All but RUNNING are terminal.',
  values: {
    RUNNING: { description: 'Videos are being embedded anew; the index is searched by its former model.' },
    READY: { description: 'The index is of the new model.' },
    FAILED: { description: 'A video could not be embedded; the index has kept its former model.' },
    CANCELED: { description: 'Somebody stopped it; the index has kept its former model.' },
  } as const,
});

Reindex.implement({
  description:
    "The change of an index to another model. Its videos are embedded anew from what their decoding has left, the files are not decoded again. Until all are done, also those that are new meanwhile, the index is searched by its former model's embeddings; then it is of the new model, from one moment to the next.",
  fields: (t) => ({
    index: t.field({
      type: Index,
      description: 'The index that is changed.',
      complexity: COST.row,
      resolve: (reindex) => reindex.indexId,
    }),
    model: t.field({
      type: EmbeddingModel,
      description: 'What the index is to be embedded with.',
      resolve: ({ model }, _, context) => findModel(context, model),
    }),
    modalities: t.expose('modalities', { type: [ModalityEnum], description: 'What of its videos is to be embedded.' }),
    status: t.expose('status', { type: ReindexStatusEnum, description: 'How far it has come.' }),
    progress: t.float({
      description: 'The part of the videos that is done, 0 to 1; less than before where videos were added meanwhile.',
      resolve: ({ status, done, total }) => (status === 'READY' ? 1 : done / Math.max(total, 1)),
    }),
    videoCount: t.exposeInt('total', {
      description: 'How many videos there are to embed; it follows those that are added and deleted meanwhile.',
    }),
    done: t.exposeInt('done', { description: 'How many of them are done.' }),
    failure: t.expose('failure', {
      type: TaskFailureType,
      nullable: true,
      description: 'Why it failed, and at which video; there exactly when the status is FAILED.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was begun.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When any of this last changed.' }),
  }),
});
