import { and, desc, eq, getTableColumns, gt, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { isId } from '../db/ids.ts';
import { prepareOnce } from '../db/prepared.ts';
import { indexes, type SegmentRow, segments } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import type { Page, PageArguments } from './paging.ts';
import { selectPages } from './select-pages.ts';

/** A segment with or without its vector, which is only loaded where it is asked for. */
export type SegmentView = Omit<SegmentRow, 'embedding'> & Partial<Pick<SegmentRow, 'embedding'>>;

/** What is asked of a video's segments. */
export interface SegmentListing {
  modalities?: readonly Modality[] | null | undefined;
  page: PageArguments;
  withEmbeddings: boolean;
}

const { embedding: _, ...plainColumns } = getTableColumns(segments);

/** The same page of each video's segments, in the order of `videoIds`: clips by time, then the whole video. */
export async function listSegmentsOfVideos(
  db: Connection,
  options: SegmentListing,
  videoIds: readonly string[],
): Promise<Page<SegmentView>[]> {
  const listing = {
    where: [isOfIndexModel(), hasModality(options.modalities)],
    ordering: { sort: segments.id, id: segments.id, direction: 'ASC' as const },
    page: options.page,
    columns: options.withEmbeddings ? getTableColumns(segments) : plainColumns,
  };
  return selectPages(db, segments, listing, { column: segments.videoId, key: 'videoId' }, videoIds);
}

/** How many segments of these modalities each video has; videos without any are left out. */
export async function countSegmentsOfVideos(
  db: Connection,
  modalities: readonly Modality[] | null | undefined,
  videoIds: readonly string[],
): Promise<Map<string, number>> {
  const counts = await db.orm
    .select({ videoId: segments.videoId, count: sql`count(*)`.mapWith(Number) })
    .from(segments)
    .where(and(inArray(segments.videoId, [...videoIds]), isOfIndexModel(), hasModality(modalities)))
    .groupBy(segments.videoId);
  return new Map(counts.map(({ videoId, count }) => [videoId, count]));
}

/** Not those of a reindex that is running or was given up, nor those of the index's former model. */
function isOfIndexModel(): SQL {
  return sql`${segments.model} = (select ${indexes.model} from ${indexes} where ${indexes.id} = ${segments.indexId})`;
}

function hasModality(modalities: readonly Modality[] | null | undefined): SQL | undefined {
  return modalities ? inArray(segments.modality, [...new Set(modalities)]) : undefined;
}

/** A time of a video, in seconds. */
export interface Moment {
  videoId: string;
  startOffset: number;
}

const clipAt = prepareOnce((orm) =>
  orm
    .select({ embedding: segments.embedding })
    .from(segments)
    .where(
      and(
        eq(segments.tenant, sql.placeholder('tenant')),
        eq(segments.videoId, sql.placeholder('videoId')),
        eq(segments.model, sql.placeholder('model')),
        eq(segments.modality, sql.placeholder('modality')),
        eq(segments.scope, 'CLIP'),
        lte(segments.startOffset, sql.placeholder('startOffset')),
        gt(segments.endOffset, sql.placeholder('startOffset')),
      ),
    )
    .orderBy(desc(segments.startOffset))
    .limit(1)
    .prepare('clip at a moment'),
);

/** The vector of the clip that a moment of one of the tenant's videos lies in, or undefined when there is none. */
export async function findClipEmbedding(
  db: Connection,
  tenant: string,
  { videoId, startOffset }: Moment,
  kind: { model: string; modality: Modality },
): Promise<Float32Array | undefined> {
  if (!isId(videoId)) return undefined;
  const [clip] = await clipAt(db).execute({ tenant, videoId, startOffset, model: kind.model, modality: kind.modality });
  return clip?.embedding ?? undefined;
}
