import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';
import { type TaskRow, tasks } from '../db/schema.ts';
import type { Queue } from '../queue/queue.ts';
import { downloads, fetchUrl, indexing, indexVideo, validateVideo } from './jobs.ts';
import { takeTurn } from './turns.ts';

/**
 * Enqueues the job that takes a task out of the state that it has just entered. A task is given a turn when it enters
 * the line for a download and when it enters the one for the work on its bytes. The last thing to do in a transaction.
 * @returns the task with its turn
 */
export async function queueTask(tx: Transaction, queue: Queue, task: TaskRow): Promise<TaskRow> {
  if (task.status === 'PENDING') {
    await queue.enqueue(tx, indexVideo, task, task);
    return task;
  }
  const [line, job] = task.status === 'UPLOADING' ? [downloads, fetchUrl] : [indexing, validateVideo];
  const turn = await takeTurn(tx, queue, line, { tenant: task.tenant, flow: task.indexId });
  await tx.orm.update(tasks).set({ turn }).where(eq(tasks.id, task.id));
  await queue.enqueue(tx, job, task, { turn });
  return { ...task, turn };
}
