import { setTimeout as delay } from 'node:timers/promises';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { notFound } from './expect-type.ts';
import { FindTaskDocument, FollowTaskDocument, type TaskFieldsFragment } from './generated/graphql.ts';
import type { Transport } from './transport.ts';

/** Milliseconds between two looks at a task that cannot be subscribed to. */
const POLL_EVERY = 1000;
/** Milliseconds without any good answer after which the server is given up. */
const PATIENCE = 60_000;
const OVER: readonly TaskFieldsFragment['status'][] = ['READY', 'FAILED', 'CANCELED'];
/** What passes by itself: too many requests within a minute, a fault such as a database that starts again. */
const PASSING_CODES = ['LIMIT_EXCEEDED', 'INTERNAL_SERVER_ERROR'];

/**
 * Readings of a task: the present one at once, then later ones, at last the one in which it has ended; some may be the
 * same. By WebSocket, and where none can be had, or none any more, by asking every second. Go on to the end of it:
 * graphql-ws 6.4 counts a subscription twice that is left just as the server completes it, and would not connect again
 * for the next one.
 * @param patience milliseconds without any good answer after which polling gives up
 * @throws OperationFailedError with the code NOT_FOUND, once the server says that there is no such task
 */
export async function* followTask(
  transport: Transport,
  id: string,
  signal: AbortSignal,
  patience = PATIENCE,
): AsyncGenerator<TaskFieldsFragment, void> {
  let last: TaskFieldsFragment | undefined;
  try {
    for await (const { taskUpdated } of transport.subscribe(FollowTaskDocument, { id }, { signal })) {
      last = taskUpdated;
      yield taskUpdated;
    }
  } catch (error) {
    if (error instanceof RequestFailedError && error.codes.includes('NOT_FOUND')) throw notFound('task');
    if (!mayPass(error)) throw error;
  }
  // A stream may end early for many reasons; that the task is gone is one that the next answer would tell.
  if (!last || !OVER.includes(last.status)) yield* pollTask(transport, id, signal, patience);
}

async function* pollTask(
  transport: Transport,
  id: string,
  signal: AbortSignal,
  patience: number,
): AsyncGenerator<TaskFieldsFragment, void> {
  let limit = AbortSignal.timeout(patience);
  let fault: unknown;
  for (;;) {
    try {
      const { task } = await transport.request(FindTaskDocument, { id }, { signal: AbortSignal.any([signal, limit]) });
      if (!task) throw notFound('task');
      yield task;
      if (OVER.includes(task.status)) return;
      limit = AbortSignal.timeout(patience);
      fault = undefined;
    } catch (error) {
      if (limit.aborted && error === limit.reason)
        throw fault ?? new ServerUnreachableError(`No answer from ${transport.endpoint} for ${patience / 1000} s`);
      if (!mayPass(error)) throw error;
      fault = error;
    }
    await delay(POLL_EVERY, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof RequestFailedError) return error.codes.some((code) => PASSING_CODES.includes(code));
  return error instanceof ServerUnreachableError;
}
