import { asc, eq, sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.ts';
import { embeddings, embeddingTasks, segments, tasks, transitions, videos } from '../../src/db/schema.ts';

/** What has become of a task of either kind. */
export interface Outcome {
  status: string;
  /** Of an embedding task, which has no attempts, 1. */
  attempt: number;
  /** The states of a task in their order; of an embedding task none. */
  history: string[];
  /** Each of its segments in words, in an order of their own. */
  segments: string[];
  /** Of each of its jobs that was begun anew: how often, and when at last, in milliseconds since 1970. */
  tries: { job: string; count: number; began: number }[];
}

/** Every task and embedding task of a database, by its id. */
export async function readOutcomes({ orm }: Database): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const add = (id: string, status: string, attempt: number) =>
    outcomes.set(id, { status, attempt, history: [], segments: [], tries: [] });
  for (const { id, status, attempt } of await orm.select().from(tasks)) add(id, status, attempt);
  for (const { id, status } of await orm.select().from(embeddingTasks)) add(id, status, 1);
  for (const { taskId, status } of await orm.select().from(transitions).orderBy(asc(transitions.version)))
    outcomes.get(taskId)?.history.push(status);
  const ofVideos = await orm
    .select({ id: videos.taskId, segment: segments })
    .from(segments)
    .innerJoin(videos, eq(videos.id, segments.videoId));
  const ofEmbeddings = await orm.select({ id: embeddings.embeddingTaskId, segment: embeddings }).from(embeddings);
  for (const { id, segment } of [...ofVideos, ...ofEmbeddings]) {
    const { modality, scope, startOffset, endOffset, text } = segment;
    outcomes.get(id)?.segments.push(`${modality} ${scope} ${startOffset} ${endOffset} ${text}`);
  }
  for (const { segments } of outcomes.values()) segments.sort();
  const jobs = await orm
    .select({
      id: sql<string>`data ->> 'id'`,
      job: sql<string>`name`,
      count: sql<number>`retry_count`,
      began: sql<string>`extract(epoch from started_on) * 1000`,
    })
    .from(sql`pgboss.job`)
    .where(sql`data ->> 'id' is not null and retry_count > 0`);
  for (const { id, job, count, began } of jobs) outcomes.get(id)?.tries.push({ job, count, began: Number(began) });
  return outcomes;
}

/** How many tasks of both kinds are not over. */
export async function countOpen({ orm }: Database): Promise<number> {
  const open = sql`status not in ('READY', 'FAILED', 'CANCELED')`;
  return (await orm.$count(tasks, open)) + (await orm.$count(embeddingTasks, open));
}
