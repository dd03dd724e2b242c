import type { TaskFieldsFragment } from './generated/graphql.ts';

type Task = TaskFieldsFragment;

/**
 * Makes out of readings of a task, some of which may be the same or far apart, each state that it has been in, in order
 * and once, and each growth of its progress.
 */
export function createTaskNews(): (reading: Task) => Task[] {
  let told: Task | undefined;
  return (reading) => {
    const known = told?.history.length ?? 0;
    const entered = reading.history.length - known;
    if (told && (entered < 0 || (entered === 0 && reading.progress <= told.progress))) return [];
    const progress = told?.progress ?? 0;
    const missed = reading.history.slice(known, -1).map((_, at) => asItWas(reading, known + at, progress));
    told = reading;
    return [...missed, reading];
  };
}

/** A task in a state of its past, as far as its history tells. */
function asItWas(task: Task, at: number, progress: number): Task {
  const history = task.history.slice(0, at + 1);
  const { status, at: updatedAt } = task.history[at] ?? { status: task.status, at: task.updatedAt };
  const isOver = (state: Task['status']) => state === 'FAILED' || state === 'CANCELED';
  const attempt = 1 + history.slice(0, -1).filter((entry) => isOver(entry.status)).length;
  return { ...task, status, attempt, history, updatedAt, progress, estimatedTime: null, failure: null, video: null };
}
