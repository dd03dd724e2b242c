import { LimitExceededError } from '../errors.ts';
import type { Places } from '../queue/places.ts';
import { QueueFullError } from '../queue/queue-full-error.ts';

/**
 * Takes a place among the tenant's uploads while `visit` reads one.
 * @throws LimitExceededError at once when none is free, and whatever `visit` throws
 */
export async function enterUploads<Result>(
  uploads: Places,
  tenant: string,
  visit: () => Promise<Result>,
): Promise<Result> {
  return uploads.enter(tenant, visit).catch((error) => {
    if (!(error instanceof QueueFullError)) throw error;
    const { places, retryAfter } = error;
    const message = `${places} uploads are arriving, and another one came; at most ${places} are allowed at a time. Try again in ${retryAfter} s.`;
    throw new LimitExceededError(message, `${places} uploads at a time`, retryAfter);
  });
}
