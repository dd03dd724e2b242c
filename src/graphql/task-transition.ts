import type { TransitionRow } from '../db/schema.ts';
import { builder } from './builder.ts';
import { TaskStatusEnum } from './task-status.ts';

export const TaskTransition = builder.objectRef<TransitionRow>('TaskTransition').implement({
  description: 'A state that a task entered.',
  fields: (t) => ({
    status: t.expose('status', { type: TaskStatusEnum, description: 'The state.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When the task entered it.' }),
  }),
});
