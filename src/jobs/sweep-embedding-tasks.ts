import type { App } from '../app.ts';
import { removeOldEmbeddingTasks } from '../domain/embedding-tasks.ts';
import type { JobContext } from '../queue/worker.ts';

/** Tasks that go in one transaction: their rows and assets are locked meanwhile. */
const BATCH = 100;

/** Removes the embedding tasks that ended longer ago than their results are kept, with vectors and bytes. */
export async function runSweepEmbeddingTasks(app: App, _input: object, { signal, log }: JobContext): Promise<void> {
  const age = app.env.EMBEDDING_TASK_TTL;
  let removed = 0;
  let batch: number;
  do {
    signal.throwIfAborted();
    batch = await app.db.transaction((tx) => removeOldEmbeddingTasks(tx, app.queue, { age, most: BATCH }));
    removed += batch;
  } while (batch === BATCH);
  if (removed > 0) log.info({ removed }, 'embedding tasks swept');
}
