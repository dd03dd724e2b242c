import { setTimeout as delay } from 'node:timers/promises';
import { RequestFailedError, ServerUnreachableError } from './errors.ts';
import { FindTaskDocument, FollowTaskDocument, type TaskFieldsFragment } from './generated/graphql.ts';
import type { Transport } from './transport.ts';

/** Milliseconds between two looks at a task that cannot be subscribed to. */
const POLL_EVERY = 1000;
/** Milliseconds without any answer after which the server is given up. */
const PATIENCE = 60_000;
const OVER: readonly TaskFieldsFragment['status'][] = ['READY', 'FAILED', 'CANCELED'];
/** What passes by itself: too many requests within a minute, a fault such as a database that starts again. */
const PASSING_CODES = ['LIMIT_EXCEEDED', 'INTERNAL_SERVER_ERROR'];

/**
 * Readings of a task: the present one at once, then later ones, at last the one in which it has ended; some may be the
 * same. By WebSocket, and where none can be had, or none any more, by asking every second. Ends after the last one, and
 * when the task is deleted. Go on to the end of it: graphql-ws 6.4 counts a subscription twice that is left just as the
 * server completes it, and would not connect again for the next one.
 */
export async function* followTask(
  transport: Transport,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<TaskFieldsFragment, void> {
  try {
    for await (const { taskUpdated } of transport.subscribe(FollowTaskDocument, { id }, { signal })) yield taskUpdated;
    return;
  } catch (error) {
    if (!(error instanceof ServerUnreachableError)) throw error;
  }
  for (let answeredAt = performance.now(); ; ) {
    try {
      const { task } = await transport.request(FindTaskDocument, { id }, { signal });
      if (!task) return;
      answeredAt = performance.now();
      yield task;
      if (OVER.includes(task.status)) return;
    } catch (error) {
      if (!mayPass(error) || performance.now() - answeredAt > PATIENCE) throw error;
    }
    await delay(POLL_EVERY, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof RequestFailedError) return error.codes.some((code) => PASSING_CODES.includes(code));
  return error instanceof ServerUnreachableError;
}
