import type { TaskFilter } from '../domain/task-lists.ts';
import { builder } from './builder.ts';
import { localId } from './global-ids.ts';
import { TaskStatusEnum } from './task-status.ts';

export const TaskFilterInput = builder.inputType('TaskFilter', {
  description: 'Which tasks: those to which everything that is given applies. Times are inclusive.',
  fields: (t) => ({
    indexId: t.globalID({ description: 'Of this index.' }),
    status: t.field({ type: [TaskStatusEnum], description: 'In one of these states.' }),
    filename: t.string({ description: 'Part of the file name; capitals do not matter.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Created at this time or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Created at this time or earlier.' }),
  }),
});

/** The filter with the row's id in place of the global one. */
export function toTaskFilter(given: typeof TaskFilterInput.$inferInput | null | undefined): TaskFilter {
  const { indexId, ...filter } = given ?? {};
  return { ...filter, ...(indexId && { indexId: localId('Index', indexId) }) };
}
