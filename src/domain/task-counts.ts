import { count } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { embeddingTasks, tasks } from '../db/schema.ts';
import { EMBEDDING_TASK_STATUSES, type EmbeddingTaskStatus, TASK_STATUSES, type TaskStatus } from '../db/values.ts';

/** Tasks of all tenants by their status, those without any included. */
export interface TaskCounts {
  tasks: Record<TaskStatus, number>;
  embeddingTasks: Record<EmbeddingTaskStatus, number>;
}

/** Counts all tasks. Reads the whole tables: for whoever looks every now and then. */
export async function countTasks(db: Connection): Promise<TaskCounts> {
  const ofTasks = await db.orm.select({ status: tasks.status, n: count() }).from(tasks).groupBy(tasks.status);
  const ofEmbeddingTasks = await db.orm
    .select({ status: embeddingTasks.status, n: count() })
    .from(embeddingTasks)
    .groupBy(embeddingTasks.status);
  return {
    tasks: complete(TASK_STATUSES, ofTasks),
    embeddingTasks: complete(EMBEDDING_TASK_STATUSES, ofEmbeddingTasks),
  };
}

function complete<S extends string>(all: readonly S[], counted: { status: S; n: number }[]): Record<S, number> {
  const of = new Map(counted.map(({ status, n }) => [status, n]));
  return Object.fromEntries(all.map((status) => [status, of.get(status) ?? 0])) as Record<S, number>;
}
