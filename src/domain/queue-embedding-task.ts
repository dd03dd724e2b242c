import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';
import { type EmbeddingTaskRow, embeddingTasks } from '../db/schema.ts';
import type { Queue } from '../queue/queue.ts';
import { embedding, embeddingDownloads, embedVideo, fetchEmbeddingUrl } from './jobs.ts';
import { takeTurn } from './turns.ts';

/**
 * Enqueues the job that an embedding task waits for: the download, or the work on bytes that are there. All of a
 * tenant's are one flow, beside those of other tenants. The last thing to do in a transaction.
 */
export async function queueEmbeddingTask(tx: Transaction, queue: Queue, task: EmbeddingTaskRow): Promise<void> {
  const { id, tenant, asset } = task;
  const [line, job] = asset === null ? [embeddingDownloads, fetchEmbeddingUrl] : [embedding, embedVideo];
  const turn = await takeTurn(tx, queue, line, { tenant, flow: 'embedding tasks' });
  await tx.orm.update(embeddingTasks).set({ turn }).where(eq(embeddingTasks.id, id));
  await queue.enqueue(tx, job, { id }, { turn });
}
