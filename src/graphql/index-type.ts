import { sumVideos } from '../domain/index-lists.ts';
import type { PageArguments } from '../domain/paging.ts';
import { findLastReindexes } from '../domain/reindexes.ts';
import { countTasksOfIndexes, listTasksOfIndexes, type TaskFilter } from '../domain/task-lists.ts';
import { countVideosOfIndexes, listVideosOfIndexes, type VideoFilter } from '../domain/videos.ts';
import { createBatchLoader } from './batch-loader.ts';
import { builder } from './builder.ts';
import { COST, costOfPage } from './complexity.ts';
import { timeOf, toConnection } from './connection.ts';
import { EmbeddingModel, findModel } from './embedding-model.ts';
import { localId } from './global-ids.ts';
import { ModalityEnum } from './modality.ts';
import { Index, Reindex, Task, Video } from './refs.ts';
import { Segmentation } from './segmentation.ts';
import { TaskConnection } from './task-connection.ts';
import { TaskFilterInput, toTaskFilter } from './task-filter.ts';
import { ValidationPolicyType } from './validation-policy.ts';
import { VideoConnection } from './video-connection.ts';
import { VideoFilter as VideoFilterInput } from './video-filter.ts';

const sumOf = createBatchLoader(async ({ app }, _: null, ids) => {
  const sums = await sumVideos(app.db, ids);
  return ids.map((id) => sums.get(id) ?? { count: 0, duration: 0 });
});

const videosOf = createBatchLoader(({ app }, listing: { filter: VideoFilter; page: PageArguments }, ids) =>
  listVideosOfIndexes(app.db, listing, ids),
);

const videoCountOf = createBatchLoader(async ({ app }, filter: VideoFilter, ids) => {
  const counts = await countVideosOfIndexes(app.db, filter, ids);
  return ids.map((id) => counts.get(id) ?? 0);
});

const tasksOf = createBatchLoader(({ app, tenant }, listing: { filter: TaskFilter; page: PageArguments }, ids) =>
  listTasksOfIndexes(app.db, tenant, listing, ids),
);

const taskCountOf = createBatchLoader(async ({ app, tenant }, filter: TaskFilter, ids) => {
  const counts = await countTasksOfIndexes(app.db, tenant, filter, ids);
  return ids.map((id) => counts.get(id) ?? 0);
});

const reindexOf = createBatchLoader(async ({ app }, _: null, ids) => {
  const last = new Map((await findLastReindexes(app.db, ids)).map((reindex) => [reindex.indexId, reindex]));
  return ids.map((id) => last.get(id) ?? null);
});

Index.implement({
  description: 'A named collection of videos that share one embedding model and one validation policy.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What its owner calls it; no two indexes have the same name.' }),
    model: t.field({
      type: EmbeddingModel,
      description: 'What its videos are embedded with.',
      resolve: ({ model }, _, context) => findModel(context, model),
    }),
    modalities: t.expose('modalities', { type: [ModalityEnum], description: 'What of its videos is embedded.' }),
    segmentation: t.field({
      type: Segmentation,
      description: 'How its videos are cut into clips.',
      resolve: (index) => index,
    }),
    validation: t.expose('validation', { type: ValidationPolicyType, description: 'What videos it accepts.' }),
    videoCount: t.int({
      description: 'How many videos it has.',
      complexity: COST.list,
      resolve: async (index, _, context) => (await sumOf(context, null, index.id)).count,
    }),
    totalDuration: t.float({
      description: 'Seconds of all its videos together.',
      complexity: COST.list,
      resolve: async (index, _, context) => (await sumOf(context, null, index.id)).duration,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When its name, its policy or its model last changed.',
    }),
    reindex: t.field({
      type: Reindex,
      nullable: true,
      description: 'The change to another model that is running, or else the last one; null when there was none.',
      complexity: COST.row,
      resolve: (index, _, context) => reindexOf(context, null, index.id),
    }),
    videos: t.connection(
      {
        type: Video,
        description: 'Its videos, newest first.',
        complexity: costOfPage,
        args: { filter: t.arg({ type: VideoFilterInput, description: 'Which videos; all when nothing is said.' }) },
        resolve: async (index, { filter: given, ...page }, context) => {
          const filter = given ?? {};
          const videos = await videosOf(context, { filter, page }, index.id);
          return toConnection(
            videos,
            ({ createdAt }) => createdAt,
            () => videoCountOf(context, filter, index.id),
          );
        },
      },
      VideoConnection,
    ),
    tasks: t.connection(
      {
        type: Task,
        description: 'Its tasks, newest first.',
        complexity: costOfPage,
        args: { filter: t.arg({ type: TaskFilterInput, description: 'Which tasks; all when nothing is said.' }) },
        resolve: async (index, { filter: given, ...page }, context) => {
          const filter = toTaskFilter(given);
          const tasks = await tasksOf(context, { filter, page }, index.id);
          return toConnection(tasks, timeOf(null), () => taskCountOf(context, filter, index.id));
        },
      },
      TaskConnection,
    ),
  }),
});

builder.queryField('index', (t) =>
  t.field({
    type: Index,
    nullable: true,
    description: 'The index of this id, or null.',
    complexity: COST.row,
    args: { id: t.arg.globalID({ required: true, description: 'The id of an index.' }) },
    resolve: (_, { id }) => localId('Index', id),
  }),
);
