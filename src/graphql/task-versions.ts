import type { TaskRow, TransitionRow } from '../db/schema.ts';
import { isTerminal } from '../domain/task-states.ts';

/** What a subscriber has been told of a task. */
export type Told = Pick<TaskRow, 'version' | 'progress'>;

/** A task as it was when it entered a state. */
function asItWas(task: TaskRow, transition: TransitionRow): TaskRow {
  if (transition.version === task.version) return task;
  const { version, attempt, status, progress, failure, at } = transition;
  const probed = attempt > 1 || isTerminal(status) || (status !== 'UPLOADING' && status !== 'VALIDATING');
  return {
    ...task,
    ...{ version, attempt, status, progress, failure },
    metadata: probed ? task.metadata : null,
    updatedAt: at,
  };
}

/** Whether a task has anything that its subscriber has not been told. */
export function hasNews(task: Told, told: Told): boolean {
  return task.version > told.version || (task.version === told.version && task.progress > told.progress);
}

/**
 * What to tell a subscriber: the task in every state that it has entered since, or as it is when only its progress grew.
 * @param transitions of this task, oldest first; those later than the task itself are left for the next look
 */
export function newsOf(task: TaskRow, transitions: readonly TransitionRow[], told: Told): TaskRow[] {
  if (task.version === told.version) return hasNews(task, told) ? [task] : [];
  return transitions
    .filter(({ version }) => version > told.version && version <= task.version)
    .map((transition) => asItWas(task, transition));
}
