import type { VideoRow } from '../db/schema.ts';
import { estimateCompletions } from '../domain/stage-speeds.ts';
import { type ListedTask, listTransitions } from '../domain/task-lists.ts';
import { isTerminal } from '../domain/task-states.ts';
import { findVideosOfTasks } from '../domain/videos.ts';
import { createBatchLoader } from './batch-loader.ts';
import { builder } from './builder.ts';
import { COST, costOfHistory } from './complexity.ts';
import type { Context } from './context.ts';
import { localId } from './global-ids.ts';
import { Index, Task, Video } from './refs.ts';
import { selectsOnly } from './selected-fields.ts';
import { TaskFailureType } from './task-failure.ts';
import { TaskSourceEnum } from './task-source.ts';
import { TaskStatusEnum } from './task-status.ts';
import { TaskTransition } from './task-transition.ts';
import { VideoMetadataType } from './video-metadata.ts';

const videoLoader = createBatchLoader(async ({ app }, _: null, ids) => {
  const videos = new Map((await findVideosOfTasks(app.db, ids)).map((video) => [video.taskId, video]));
  return ids.map((id) => videos.get(id) ?? null);
});

/** The video that a task produced; null unless it is READY. */
export async function videoOf(context: Context, task: ListedTask) {
  return task.status === 'READY' ? videoLoader(context, null, task.id) : null;
}

const transitionsOf = createBatchLoader(async ({ app }, _: null, ids) => {
  const byTask = Map.groupBy(await listTransitions(app.db, ids), ({ taskId }) => taskId);
  return ids.map((id) => byTask.get(id) ?? []);
});

const completionOf = createBatchLoader(async ({ app }, _: null, ids) => {
  const completions = await estimateCompletions(app.db, app.env.WORKER_CONCURRENCY, new Date());
  return ids.map((id) => completions.get(id) ?? null);
});

Task.implement({
  description: 'One request to upload a video and to index it.',
  fields: (t) => ({
    index: t.field({
      type: Index,
      description: 'The index that the video goes into.',
      complexity: COST.row,
      resolve: (task) => task.indexId,
    }),
    status: t.expose('status', { type: TaskStatusEnum, description: 'How far it has come.' }),
    failure: t.expose('failure', {
      type: TaskFailureType,
      nullable: true,
      description: 'Why it failed; there exactly when the status is FAILED.',
    }),
    progress: t.exposeFloat('progress', {
      description: 'The part of the whole that is done, 0 to 1; never less than before within an attempt.',
    }),
    estimatedTime: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When it is expected to be READY, by the speed that this installation has lately had and the work ahead of it; null once its state is terminal.',
      complexity: COST.estimate,
      resolve: (task, _, context) => (isTerminal(task.status) ? null : completionOf(context, null, task.id)),
    }),
    metadata: t.expose('metadata', {
      type: VideoMetadataType,
      nullable: true,
      description: 'What probing found; null until then.',
    }),
    video: t.field({
      type: Video,
      nullable: true,
      description: 'What it produced; there exactly when the status is READY.',
      complexity: COST.row,
      resolve(task, _, context, info) {
        // Of the videos in a list of tasks most want the id alone, for which none has to be loaded.
        if (task.videoId && selectsOnly(info, 'id')) return { id: task.videoId } as VideoRow;
        return task.videoId ?? videoOf(context, task);
      },
    }),
    history: t.field({
      type: [TaskTransition],
      description: 'Every state that it has been in, the first one first.',
      complexity: costOfHistory,
      // A task may have gone on between the two reads.
      resolve: async (task, _, context) =>
        (await transitionsOf(context, null, task.id)).filter(({ version }) => version <= task.version),
    }),
    attempt: t.exposeInt('attempt', { description: '1, and one more with each retry.' }),
    source: t.expose('source', { type: TaskSourceEnum, description: 'Where the video came from.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it entered its present state.' }),
  }),
});

builder.queryField('task', (t) =>
  t.field({
    type: Task,
    nullable: true,
    description: 'The task of this id, or null.',
    complexity: COST.row,
    args: { id: t.arg.globalID({ required: true, description: 'The id of a task.' }) },
    resolve: (_, { id }) => localId('Task', id),
  }),
);
