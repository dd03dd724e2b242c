import { TaskCanceledError, TaskFailedError, TaskTimeoutError } from './errors.ts';
import { notFound } from './expect-type.ts';
import { followTask } from './follow-task.ts';
import type { TaskFieldsFragment } from './generated/graphql.ts';
import { createTaskNews } from './task-news.ts';
import type { Transport } from './transport.ts';

type Task = TaskFieldsFragment;

/** A task that has produced its video. */
export type ReadyTask = Task & { readonly status: 'READY'; readonly video: NonNullable<Task['video']> };

/** Milliseconds that a timer can wait at most, nearly 25 days. */
const LONGEST = 2 ** 31 - 1;

/** How a task is waited for. */
export interface WaitOptions {
  /**
   * Called with every state that the task has been in since it was created, in order, each once, and with the present
   * one whenever its progress grows. Of a state that it left before anybody could tell, only what its history knows is
   * there: status, attempt and time.
   */
  onUpdate?: ((task: Task) => void) | undefined;
  /** Ends the waiting; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait at most; for ever when nothing, or Infinity, is said. */
  timeout?: number | undefined;
}

/** `Client.waitForTask`. */
export async function waitForTask(
  transport: Transport,
  id: string,
  { onUpdate, signal, timeout }: WaitOptions = {},
): Promise<ReadyTask> {
  const deadline =
    timeout === undefined || timeout === Infinity ? undefined : AbortSignal.timeout(Math.min(timeout, LONGEST));
  const ends = AbortSignal.any([signal, deadline].filter((each) => each !== undefined));
  const newsOf = createTaskNews();
  let last: Task | undefined;
  try {
    for await (const task of followTask(transport, id, ends)) {
      last = task;
      for (const state of newsOf(task)) onUpdate?.(state);
    }
  } catch (error) {
    if (timeout !== undefined && error === deadline?.reason) throw new TaskTimeoutError(id, timeout, last?.status);
    throw error;
  }
  if (last && isReady(last)) return last;
  if (last?.failure) throw new TaskFailedError(id, last.failure);
  if (last?.status === 'CANCELED') throw new TaskCanceledError(id);
  // READY without its video: both are being deleted.
  throw notFound('task');
}

function isReady(task: Task): task is ReadyTask {
  return task.status === 'READY' && task.video !== null;
}
