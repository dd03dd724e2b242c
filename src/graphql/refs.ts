import type { EmbeddingTaskRow, IndexRow, ReindexRow, VideoRow } from '../db/schema.ts';
import { findEmbeddingTasks } from '../domain/embedding-tasks.ts';
import { findIndexes } from '../domain/indexes.ts';
import { findReindexes } from '../domain/reindexes.ts';
import type { ListedTask } from '../domain/task-lists.ts';
import { findTasks } from '../domain/tasks.ts';
import { findVideos } from '../domain/videos.ts';
import { builder } from './builder.ts';

/**
 * The entities, which refer to each other: declared here, their fields each in a file of its own. A resolver may return
 * the row or its id; rows that are asked for by id come together, and each of them once a request.
 */
const byId = { id: { resolve: (row: { id: string }) => row.id }, toKey: (row: { id: string }) => row.id, sort: true };

export const Index = builder.loadableNodeRef<IndexRow>('Index', {
  ...byId,
  load: (ids, { app, tenant }) => findIndexes(app.db, tenant, ids),
});

export const Task = builder.loadableNodeRef<ListedTask>('Task', {
  ...byId,
  load: (ids, { app, tenant }) => findTasks(app.db, tenant, ids),
});

export const Video = builder.loadableNodeRef<VideoRow>('Video', {
  ...byId,
  load: (ids, { app, tenant }) => findVideos(app.db, tenant, ids),
});

export const Reindex = builder.loadableNodeRef<ReindexRow>('Reindex', {
  ...byId,
  load: (ids, { app, tenant }) => findReindexes(app.db, tenant, ids),
});

export const EmbeddingTask = builder.loadableNodeRef<EmbeddingTaskRow>('EmbeddingTask', {
  ...byId,
  load: (ids, { app, tenant }) => findEmbeddingTasks(app.db, tenant, ids),
});
