import { countEmbeddings, type EmbeddingFilter, type EmbeddingListing, listEmbeddings } from '../domain/embeddings.ts';
import { createBatchLoader } from './batch-loader.ts';
import { builder } from './builder.ts';
import { COST, costOfPage } from './complexity.ts';
import { toConnection } from './connection.ts';
import { EmbeddingModel, findModel } from './embedding-model.ts';
import { EmbeddingScopeEnum } from './embedding-scope.ts';
import { EmbeddingTaskStatusEnum } from './embedding-task-status.ts';
import { localId } from './global-ids.ts';
import { ModalityEnum } from './modality.ts';
import { EmbeddingTask } from './refs.ts';
import { SegmentConnection } from './segment-connection.ts';
import { selects } from './selected-fields.ts';
import { TaskFailureType } from './task-failure.ts';
import { VideoMetadataType } from './video-metadata.ts';

const embeddingsOf = createBatchLoader(({ app }, listing: EmbeddingListing, ids) =>
  listEmbeddings(app.db, listing, ids),
);

const embeddingCountOf = createBatchLoader(async ({ app }, filter: EmbeddingFilter, ids) => {
  const counts = await countEmbeddings(app.db, filter, ids);
  return ids.map((id) => counts.get(id) ?? 0);
});

EmbeddingTask.implement({
  description:
    'One request to embed a video without putting it into any index. It is removed some time after its end, with everything that it found: EMBEDDING_TASK_TTL says when, 7 days unless set.',
  fields: (t) => ({
    model: t.field({
      type: EmbeddingModel,
      description: 'What the video is embedded with.',
      resolve: ({ model }, _, context) => findModel(context, model),
    }),
    status: t.expose('status', { type: EmbeddingTaskStatusEnum, description: 'How far it has come.' }),
    failure: t.expose('failure', {
      type: TaskFailureType,
      nullable: true,
      description: 'Why it failed; there exactly when the status is FAILED.',
    }),
    progress: t.exposeFloat('progress', {
      description: 'The part of the whole that is done, 0 to 1; never less than before.',
    }),
    metadata: t.expose('metadata', {
      type: VideoMetadataType,
      nullable: true,
      description: 'What probing found; null until then. Of the whole video, whatever part is embedded.',
    }),
    segments: t.field({
      type: SegmentConnection,
      nullable: true,
      description:
        'What was embedded: the clips by time, then what stands for the whole of the part that was asked for. Null until the status is READY. Vectors are read from the database only where `embedding` is selected.',
      complexity: costOfPage,
      args: {
        first: t.arg.int({ description: 'At most this many: 0 to 100, 20 when nothing is said.' }),
        after: t.arg.string({ description: 'Only what comes after this cursor.' }),
        modalities: t.arg({ type: [ModalityEnum], description: 'Only these modalities; all when nothing is said.' }),
        scope: t.arg({ type: EmbeddingScopeEnum, description: 'Only this scope; both when nothing is said.' }),
      },
      resolve: async (task, { modalities = null, scope = null, ...page }, context, info) => {
        if (task.status !== 'READY') return null;
        const filter = { modalities, scope };
        const withEmbeddings = selects(info, 'edges', 'node', 'embedding');
        const segments = await embeddingsOf(context, { filter, page, withEmbeddings }, task.id);
        return toConnection(
          segments,
          ({ id }) => id,
          () => embeddingCountOf(context, filter, task.id),
        );
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it entered its present state.' }),
  }),
});

builder.queryField('embeddingTask', (t) =>
  t.field({
    type: EmbeddingTask,
    nullable: true,
    description: 'The embedding task of this id, or null.',
    complexity: COST.row,
    args: { id: t.arg.globalID({ required: true, description: 'The id of an embedding task.' }) },
    resolve: (_, { id }) => localId('EmbeddingTask', id),
  }),
);
