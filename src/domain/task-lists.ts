import { and, asc, eq, gt, gte, ilike, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { isId } from '../db/ids.ts';
import { type TaskRow, type TransitionRow, tasks, transitions, videos } from '../db/schema.ts';
import type { TaskStatus } from '../db/values.ts';
import { containing, orderingOf, type TimestampOrder } from './index-lists.ts';
import type { Page, PageArguments } from './paging.ts';
import { selectPage, selectPages } from './select-pages.ts';
import { TERMINAL_STATUSES } from './task-states.ts';

/** What a list of tasks may be narrowed to; times are inclusive. */
export interface TaskFilter {
  indexId?: string | null | undefined;
  status?: readonly TaskStatus[] | null | undefined;
  filename?: string | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

function taskConditions(tenant: string, filter: TaskFilter): (SQL | undefined)[] {
  return [
    eq(tasks.tenant, tenant),
    filter.indexId == null ? undefined : isId(filter.indexId) ? eq(tasks.indexId, filter.indexId) : sql`false`,
    filter.status ? inArray(tasks.status, [...new Set(filter.status)]) : undefined,
    filter.filename == null ? undefined : ilike(tasks.filename, containing(filter.filename)),
    filter.createdAfter ? gte(tasks.createdAt, filter.createdAfter) : undefined,
    filter.createdBefore ? lte(tasks.createdAt, filter.createdBefore) : undefined,
  ];
}

/** What is asked of a list of tasks; newest first unless said otherwise. */
export interface TaskListing {
  filter: TaskFilter;
  order?: TimestampOrder | undefined;
  page: PageArguments;
}

/** What is shown of a task: half of its columns. Each one more is decoded and mapped anew in every row of a page. */
const { id, indexId, status, version, attempt, progress, failure, metadata, source, createdAt, updatedAt } = tasks;
const shown = { id, indexId, status, version, attempt, progress, failure, metadata, source, createdAt, updatedAt };
// Within another, as Drizzle takes the tables' names from the columns of a field's own text.
const videoId = sql<string | null>`(${sql`select ${videos.id} from ${videos} where ${videos.taskId} = ${tasks.id}`})`;
const columns = { ...shown, videoId };

/** A task as lists have it: with the id of what it produced. */
export type ListedTask = Pick<TaskRow, keyof typeof shown> & { videoId?: string | null };

function listing(tenant: string, { filter, order, page }: TaskListing) {
  return { where: taskConditions(tenant, filter), ordering: orderingOf(tasks, order), page, columns };
}

/** A page of the tenant's tasks. */
export async function listTasks(db: Connection, tenant: string, options: TaskListing): Promise<Page<ListedTask>> {
  return selectPage(db, tasks, listing(tenant, options));
}

/** The same page of each index's tasks, in the order of `indexIds`. */
export async function listTasksOfIndexes(
  db: Connection,
  tenant: string,
  options: TaskListing,
  indexIds: readonly string[],
): Promise<Page<ListedTask>[]> {
  return selectPages(db, tasks, listing(tenant, options), { column: tasks.indexId, key: 'indexId' }, indexIds);
}

/** How many of the tenant's tasks match. */
export async function countTasks(db: Connection, tenant: string, filter: TaskFilter): Promise<number> {
  return db.orm.$count(tasks, and(...taskConditions(tenant, filter)));
}

/** How many tasks of each index match; indexes without any are left out. */
export async function countTasksOfIndexes(
  db: Connection,
  tenant: string,
  filter: TaskFilter,
  indexIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = await db.orm
    .select({ indexId: tasks.indexId, count: sql`count(*)`.mapWith(Number) })
    .from(tasks)
    .where(and(inArray(tasks.indexId, [...indexIds]), ...taskConditions(tenant, filter)))
    .groupBy(tasks.indexId);
  return new Map(counts.map(({ indexId, count }) => [indexId, count]));
}

/** Every state of these tasks, oldest first, from the version after `version` on. */
export async function listTransitions(
  db: Connection,
  taskIds: readonly string[],
  version = 0,
): Promise<TransitionRow[]> {
  return db.orm
    .select()
    .from(transitions)
    .where(and(inArray(transitions.taskId, [...taskIds]), gt(transitions.version, version)))
    .orderBy(asc(transitions.taskId), asc(transitions.version));
}

/** The tasks of an index that a new subscriber is told of: the unfinished ones and what ended in the last hour. */
export async function listCurrentTasks(db: Connection, tenant: string, indexId: string): Promise<TaskRow[]> {
  return db.orm
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.indexId, indexId),
        sql`(${tasks.status} not in ${[...TERMINAL_STATUSES]} or ${tasks.updatedAt} > clock_timestamp() - interval '1 hour')`,
      ),
    )
    .orderBy(asc(tasks.createdAt), asc(tasks.id));
}
