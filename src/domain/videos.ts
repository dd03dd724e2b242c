import { and, eq, gte, ilike, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { asArray, isId, isOneOf } from '../db/ids.ts';
import { prepareOnce } from '../db/prepared.ts';
import { type VideoRow, videos } from '../db/schema.ts';
import type { JsonObject } from '../db/values.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import type { Queue } from '../queue/queue.ts';
import { containing } from './index-lists.ts';
import type { Page, PageArguments } from './paging.ts';
import { checkUserMetadata } from './rules.ts';
import { selectPages } from './select-pages.ts';
import { deleteTask } from './tasks.ts';

/** What videos may be narrowed to: ranges are inclusive, heights are of the short side, metadata must contain what is given. */
export interface VideoFilter {
  filename?: string | null | undefined;
  minDuration?: number | null | undefined;
  maxDuration?: number | null | undefined;
  minHeight?: number | null | undefined;
  maxHeight?: number | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
  userMetadata?: JsonObject | null | undefined;
}

const metadataNumber = (key: 'duration' | 'height' | 'width') =>
  sql`(${videos.metadata} ->> ${sql.raw(`'${key}'`)})::double precision`;

/** The conditions on `videos` that a filter stands for. @throws InvalidInputError for metadata that none can have */
export function videoConditions(filter: VideoFilter): SQL[] {
  const issues = checkUserMetadata(filter.userMetadata ?? {});
  if (issues.length > 0)
    throw new InvalidInputError(issues.map(({ path, message }) => ({ path: ['filter', ...path], message })));
  const duration = metadataNumber('duration');
  const shortSide = sql`least(${metadataNumber('height')}, ${metadataNumber('width')})`;
  const conditions = [
    filter.filename == null ? undefined : ilike(sql`${videos.metadata} ->> 'filename'`, containing(filter.filename)),
    filter.minDuration == null ? undefined : gte(duration, filter.minDuration),
    filter.maxDuration == null ? undefined : lte(duration, filter.maxDuration),
    filter.minHeight == null ? undefined : gte(shortSide, filter.minHeight),
    filter.maxHeight == null ? undefined : lte(shortSide, filter.maxHeight),
    filter.createdAfter ? gte(videos.createdAt, filter.createdAfter) : undefined,
    filter.createdBefore ? lte(videos.createdAt, filter.createdBefore) : undefined,
    filter.userMetadata ? sql`${videos.userMetadata} @> ${JSON.stringify(filter.userMetadata)}::jsonb` : undefined,
  ];
  return conditions.filter((condition) => condition !== undefined);
}

const byIds = prepareOnce((orm) =>
  orm
    .select()
    .from(videos)
    .where(and(eq(videos.tenant, sql.placeholder('tenant')), isOneOf(videos.id, sql.placeholder('ids'))))
    .prepare('videos'),
);

/** The tenant's videos of these ids, in any order. */
export async function findVideos(db: Connection, tenant: string, ids: readonly string[]): Promise<VideoRow[]> {
  const valid = ids.filter(isId);
  return valid.length === 0 ? [] : byIds(db).execute({ tenant, ids: asArray(valid) });
}

/** The videos that these tasks produced. */
export async function findVideosOfTasks(db: Connection, taskIds: readonly string[]): Promise<VideoRow[]> {
  return db.orm
    .select()
    .from(videos)
    .where(inArray(videos.taskId, [...taskIds]));
}

/** The same page of each index's videos, newest first, in the order of `indexIds`. */
export async function listVideosOfIndexes(
  db: Connection,
  options: { filter: VideoFilter; page: PageArguments },
  indexIds: readonly string[],
): Promise<Page<VideoRow>[]> {
  const listing = {
    where: videoConditions(options.filter),
    ordering: { sort: videos.createdAt, id: videos.id, direction: 'DESC' as const },
    page: options.page,
  };
  return selectPages(db, videos, listing, { column: videos.indexId, key: 'indexId' }, indexIds);
}

/** How many videos of each index match; indexes without any are left out. */
export async function countVideosOfIndexes(
  db: Connection,
  filter: VideoFilter,
  indexIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = await db.orm
    .select({ indexId: videos.indexId, count: sql`count(*)`.mapWith(Number) })
    .from(videos)
    .where(and(inArray(videos.indexId, [...indexIds]), ...videoConditions(filter)))
    .groupBy(videos.indexId);
  return new Map(counts.map(({ indexId, count }) => [indexId, count]));
}

/**
 * Merges user metadata into what a video has; null removes a key.
 * @throws NotFoundError, or InvalidInputError when the result is too large
 */
export async function updateVideo(
  tx: Transaction,
  tenant: string,
  input: { id: string; userMetadata: JsonObject },
): Promise<VideoRow> {
  const video = await lockVideo(tx, tenant, input.id);
  const merged = Object.entries({ ...video.userMetadata, ...input.userMetadata });
  const userMetadata = Object.fromEntries(merged.filter(([, value]) => value !== null));
  const issues = checkUserMetadata(userMetadata);
  if (issues.length > 0) throw new InvalidInputError(issues);
  const [updated] = await tx.orm.update(videos).set({ userMetadata }).where(eq(videos.id, video.id)).returning();
  return updated ?? video;
}

/** Deletes a video with its vectors and its task, which would else be READY without a video. @throws NotFoundError */
export async function deleteVideo(tx: Transaction, queue: Queue, tenant: string, id: string): Promise<void> {
  // Not locked: whoever deletes a task locks that first, and the video with it.
  const [video] = await findVideos(tx, tenant, [id]);
  if (!video) throw new NotFoundError('No such video.');
  await deleteTask(tx, queue, tenant, video.taskId);
}

async function lockVideo(tx: Transaction, tenant: string, id: string): Promise<VideoRow> {
  const [video] = isId(id)
    ? await tx.orm
        .select()
        .from(videos)
        .where(and(eq(videos.tenant, tenant), eq(videos.id, id)))
        .for('update')
    : [];
  if (!video) throw new NotFoundError('No such video.');
  return video;
}
