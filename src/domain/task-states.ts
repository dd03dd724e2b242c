import type { TaskStatus } from '../db/values.ts';

/** The steps that a task may take. FAILED and CANCELED lead on only by a retry. */
const STEPS: Record<TaskStatus, readonly TaskStatus[]> = {
  UPLOADING: ['VALIDATING', 'FAILED', 'CANCELED'],
  VALIDATING: ['PENDING', 'FAILED', 'CANCELED'],
  PENDING: ['QUEUED', 'FAILED', 'CANCELED'],
  QUEUED: ['INDEXING', 'FAILED', 'CANCELED'],
  INDEXING: ['READY', 'FAILED', 'CANCELED'],
  READY: [],
  FAILED: ['UPLOADING', 'VALIDATING'],
  CANCELED: ['UPLOADING', 'VALIDATING'],
};

/** What part of a whole task is done when a state begins; a state's own progress leads to the next one's. */
const BEGINS: Partial<Record<TaskStatus, number>> = {
  UPLOADING: 0,
  VALIDATING: 0.1,
  PENDING: 0.6,
  QUEUED: 0.6,
  INDEXING: 0.65,
  READY: 1,
};

export const TERMINAL_STATUSES = ['READY', 'FAILED', 'CANCELED'] as const satisfies TaskStatus[];

/** Whether the work on a task in this state is over, until somebody retries it. */
export function isTerminal(status: TaskStatus): boolean {
  return (TERMINAL_STATUSES as readonly TaskStatus[]).includes(status);
}

/** Whether a task may go from one state straight to the other. */
export function mayStep(from: TaskStatus, to: TaskStatus): boolean {
  return STEPS[from].includes(to);
}

/** Whether this step begins the task anew. */
export function isRetry(from: TaskStatus): boolean {
  return from === 'FAILED' || from === 'CANCELED';
}

/**
 * The progress (0 to 1) of a task that has done `fraction` of what its state has to do.
 * @returns undefined for states that say nothing of the work done: FAILED and CANCELED
 */
export function progressWithin(status: TaskStatus, fraction: number): number | undefined {
  const begin = BEGINS[status];
  if (begin === undefined) return undefined;
  const next = STEPS[status][0];
  const end = (next && BEGINS[next]) ?? begin;
  return begin + (end - begin) * Math.min(Math.max(fraction, 0), 1);
}
