import { findTasks } from '../domain/tasks.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { Video } from './refs.ts';
import { videoOf } from './task.ts';

const TaskVideoId = builder.objectRef<{ videoId: string | null }>('TaskVideoId').implement({
  description: 'Whether a task has produced its video yet, and the id of that video.',
  fields: (t) => ({
    id: t.globalID({
      nullable: true,
      description: 'The id of the video; null until the task is READY.',
      resolve: ({ videoId }) => videoId && { type: Video, id: videoId },
    }),
    exist: t.boolean({ description: 'Whether the video is there.', resolve: ({ videoId }) => videoId !== null }),
    type: t.string({
      description: 'What kind of id this is: always "index_task_video_id".',
      resolve: () => 'index_task_video_id',
    }),
  }),
});

builder.queryField('taskVideoId', (t) =>
  t.field({
    type: TaskVideoId,
    nullable: true,
    description: 'The id of the video that a task produced; null where there is no such task.',
    args: { taskId: t.arg.globalID({ required: true, description: 'The id of a task.' }) },
    resolve: async (_, { taskId }, context) => {
      const [task] = await findTasks(context.app.db, context.tenant, [localId('Task', taskId)]);
      return task ? { videoId: (await videoOf(context, task))?.id ?? null } : null;
    },
  }),
);
