import { notFound } from './expect-type.ts';
import {
  type IndexFieldsFragment,
  ListIndexesDocument,
  type ListIndexesQueryVariables,
  ListSegmentsDocument,
  type ListSegmentsQueryVariables,
  ListTasksDocument,
  type ListTasksQueryVariables,
  ListVideosDocument,
  type ListVideosQueryVariables,
  type SegmentFieldsFragment,
  type TaskFieldsFragment,
  type VideoFieldsFragment,
} from './generated/graphql.ts';
import { PAGE_SIZE as first, paginate } from './paginate.ts';
import type { Transport } from './transport.ts';

/** What of a list is wanted, and a signal that ends the loop over it with its reason. */
type ListOptions<Variables, Names extends keyof Variables> = Partial<Pick<Variables, Names>> & {
  signal?: AbortSignal | undefined;
};
export type ListIndexesOptions = ListOptions<ListIndexesQueryVariables, 'filter' | 'orderBy'>;
export type ListTasksOptions = ListOptions<ListTasksQueryVariables, 'filter' | 'orderBy'>;
export type ListVideosOptions = ListOptions<ListVideosQueryVariables, 'filter'>;
/** `withEmbeddings`: whether to read the vectors, too. */
export type ListSegmentsOptions = ListOptions<ListSegmentsQueryVariables, 'modalities' | 'withEmbeddings'>;

/** `Client.indexes`. */
export function listIndexes(
  { request }: Transport,
  { signal, ...which }: ListIndexesOptions = {},
): AsyncGenerator<IndexFieldsFragment, void> {
  return paginate(
    async (after) => (await request(ListIndexesDocument, { ...which, first, after }, { signal })).indexes,
  );
}

/** `Client.tasks`. */
export function listTasks(
  { request }: Transport,
  { signal, ...which }: ListTasksOptions = {},
): AsyncGenerator<TaskFieldsFragment, void> {
  return paginate(async (after) => (await request(ListTasksDocument, { ...which, first, after }, { signal })).tasks);
}

/** `Client.videos`. */
export function listVideos(
  { request }: Transport,
  indexId: string,
  { signal, ...which }: ListVideosOptions = {},
): AsyncGenerator<VideoFieldsFragment, void> {
  return paginate(async (after) => {
    const { index } = await request(ListVideosDocument, { indexId, ...which, first, after }, { signal });
    if (!index) throw notFound('index');
    return index.videos;
  });
}

/** `Client.segments`. */
export function listSegments(
  { request }: Transport,
  id: string,
  { signal, withEmbeddings = false, modalities }: ListSegmentsOptions = {},
): AsyncGenerator<SegmentFieldsFragment, void> {
  return paginate(async (after) => {
    const variables = { id, modalities, withEmbeddings, first, after };
    const { node } = await request(ListSegmentsDocument, variables, { signal });
    if (node?.__typename === 'Video') return node.ofVideo;
    if (node?.__typename !== 'EmbeddingTask') throw notFound('video or embedding task');
    return node.ofTask ?? { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
  });
}
