import type { App } from '../app.ts';
import { removeStaleSegments } from '../domain/reindex-videos.ts';
import type { JobContext } from '../queue/worker.ts';

/** Removes an index's segments of a model that is not the index's any more, a part at a time. */
export async function runRemoveSegments(
  app: App,
  input: { indexId: string; model: string },
  { signal }: JobContext,
): Promise<void> {
  while ((await removeStaleSegments(app.db, input)) > 0) signal.throwIfAborted();
}
