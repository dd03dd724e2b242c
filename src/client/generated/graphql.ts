/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A new index. Only its name is needed. */
export type CreateIndexInput = {
  /** What to embed: all that the model supports when nothing is said. */
  readonly modalities?: ReadonlyArray<Modality> | null | undefined;
  /** The name of one of `models`: "builtin" when nothing is said. */
  readonly model?: string | null | undefined;
  /** 1 to 200 characters; no other index may have it. */
  readonly name: string;
  /** How to cut videos into clips. */
  readonly segmentation?: SegmentationInput | null | undefined;
  /** What videos to accept. */
  readonly validation?: ValidationPolicyInput | null | undefined;
};

/** A video to index, as a file or as a URL; the URL wins where both are given. */
export type CreateTaskInput = {
  /** Makes the request safe to repeat: for 24 hours the same token with the same input returns the same task. 1 to 200 characters. */
  readonly clientToken?: string | null | undefined;
  /** The id of the index that the video goes into. */
  readonly indexId: string;
  /** The language that is spoken, as a BCP 47 tag such as "en" or "pt-BR". */
  readonly language?: string | null | undefined;
  /** Whether the spoken words come with the video: then a transcription file or URL is needed, and TRANSCRIPTION among the modalities of the index. Without, a model that can listens for them. */
  readonly provideTranscription?: boolean | null | undefined;
  /** The spoken words as SubRip (SRT) or WebVTT, as a part of this request; at most 4194304 bytes. A file that cannot be used fails the task with TRANSCRIPTION_INVALID. */
  readonly transcriptionFile?: File | null | undefined;
  /** Where the server downloads the spoken words from, as SubRip (SRT) or WebVTT; it wins where a file is given, too. */
  readonly transcriptionUrl?: string | null | undefined;
  /** What you note about the video; it can be filtered by. At most 64 KiB as JSON. */
  readonly userMetadata?: Record<string, unknown> | null | undefined;
  /** The video, as a part of this request. */
  readonly videoFile?: File | null | undefined;
  /** Where the server downloads the video from. */
  readonly videoUrl?: string | null | undefined;
};

/** How much of a video one embedding stands for. */
export type EmbeddingScope =
  /** One clip of the length that the index, or the embedding task, cuts its videos into. */
  | 'CLIP'
  /** The whole video, or all of the part that an embedding task was asked for. */
  | 'VIDEO';

/** Which indexes: those to which everything that is given applies. Times are inclusive. */
export type IndexFilter = {
  /** Created at this time or later. */
  readonly createdAfter?: string | null | undefined;
  /** Created at this time or earlier. */
  readonly createdBefore?: string | null | undefined;
  /** Part of the name; capitals do not matter. */
  readonly name?: string | null | undefined;
};

/** The order of a list of indexes. */
export type IndexOrder = {
  /** Which end comes first. */
  readonly direction: OrderDirection;
  /** What to go by. */
  readonly field: TimestampField;
};

/** What an embedding describes. */
export type Modality =
  /** The sound. */
  | 'AUDIO'
  /** The words that can be read on the screen. */
  | 'TEXT_IN_VIDEO'
  /** The spoken words. */
  | 'TRANSCRIPTION'
  /** The pictures. */
  | 'VISUAL';

/** Which end of the order comes first. */
export type OrderDirection =
  /** The oldest first. */
  | 'ASC'
  /** The newest first. */
  | 'DESC';

/** What one hit stands for. */
export type SearchGroup =
  /** A clip; one video may have many hits. */
  | 'SEGMENT'
  /** A video, by the clip of it that matches best. */
  | 'VIDEO';

/** What to look for, and where. Exactly one of text, image, imageUrl and videoSegment. */
export type SearchInput = {
  /** Only videos that pass. */
  readonly filter?: VideoFilter | null | undefined;
  /** What a hit stands for: SEGMENT when nothing is said. */
  readonly groupBy?: SearchGroup | null | undefined;
  /** An image, as a part of this request; at most 20 MB, there within 60 s. */
  readonly image?: File | null | undefined;
  /** Where the server downloads an image from; at most 20 MB, there within 60 s. */
  readonly imageUrl?: string | null | undefined;
  /** The ids of one or more indexes of the same model, at most 1000. */
  readonly indexIds: ReadonlyArray<string>;
  /** Only hits of this score or a better one; see `SearchHit.score`. */
  readonly minScore?: number | null | undefined;
  /** What to compare with: all that the indexes have and the query can address when nothing is said. One that none of the indexes has, or that the query cannot address, is refused: an image is compared with VISUAL only, a moment with all that have vectors. */
  readonly modalities?: ReadonlyArray<Modality> | null | undefined;
  /** What is shown, said or written. TRANSCRIPTION and TEXT_IN_VIDEO are searched for its words: all must occur, in any form (`running` finds `runs`); `"annual report"` is a phrase in just this form, `a or b` takes either, `-word` excludes, `rob*` is a prefix. Where a model has a text encoder for a modality, the meaning of the text is compared, too; `ModelModality.vocabulary` tells which words a model knows, and what it does not know is looked for in the words only. At most 10,000 characters and 100 words. */
  readonly text?: string | null | undefined;
  /** A moment of a video that is indexed already. */
  readonly videoSegment?: VideoSegmentInput | null | undefined;
};

/** How to cut videos into clips. It cannot be changed later. */
export type SegmentationInput = {
  /** Seconds of a clip, 1 to 600: 6 when nothing is said. */
  readonly clipLength?: number | null | undefined;
  /** Seconds that a clip shares with the one before it, at most half of the clip: 0 when nothing is said. */
  readonly overlap?: number | null | undefined;
};

/** The rule that a video broke, or what else ended its task. */
export type TaskFailureCode =
  /** Broken or missing frames, no decodable video, or no audio track where one is required. */
  | 'BROKEN_VIDEO_FILE'
  /** The URL of the video, or of its transcription, could not be downloaded. */
  | 'DOWNLOAD_FAILED'
  /** The service's own fault, after it has tried again. */
  | 'INTERNAL'
  /** The transcription is neither SubRip (SRT) nor WebVTT, has a fault, or does not fit the video; the message names the line. */
  | 'TRANSCRIPTION_INVALID'
  /** It is longer than `maxDuration`, or than an embedding task takes. */
  | 'VIDEO_DURATION_TOO_LONG'
  /** It is shorter than `minDuration`, or ends before the part that an embedding task was asked for. */
  | 'VIDEO_DURATION_TOO_SHORT'
  /** The file is larger than `maxFileSize`, than this server takes, or than what you may still store (MAX_STORED_BYTES). */
  | 'VIDEO_FILESIZE_TOO_LARGE'
  /** The short side has `maxHeight` pixels or more. */
  | 'VIDEO_RESOLUTION_TOO_HIGH'
  /** The short side has fewer pixels than `minHeight`. */
  | 'VIDEO_RESOLUTION_TOO_LOW';

/** Which tasks: those to which everything that is given applies. Times are inclusive. */
export type TaskFilter = {
  /** Created at this time or later. */
  readonly createdAfter?: string | null | undefined;
  /** Created at this time or earlier. */
  readonly createdBefore?: string | null | undefined;
  /** Part of the file name; capitals do not matter. */
  readonly filename?: string | null | undefined;
  /** Of this index. */
  readonly indexId?: string | null | undefined;
  /** In one of these states. */
  readonly status?: ReadonlyArray<TaskStatus> | null | undefined;
};

/** The order of a list of tasks. */
export type TaskOrder = {
  /** Which end comes first. */
  readonly direction: OrderDirection;
  /** What to go by. */
  readonly field: TimestampField;
};

/** How far a task has come. READY, FAILED and CANCELED are terminal: only a retry leads on from them. */
export type TaskStatus =
  /** Somebody stopped it. */
  | 'CANCELED'
  /** It cannot be indexed; `failure` says why. */
  | 'FAILED'
  /** Its segments are being embedded. */
  | 'INDEXING'
  /** The file is valid, and waits for a worker. */
  | 'PENDING'
  /** A worker has taken it and prepares it. */
  | 'QUEUED'
  /** The video can be searched. */
  | 'READY'
  /** The bytes are still arriving: a URL is being downloaded. */
  | 'UPLOADING'
  /** The file is complete and is being checked against the index's policy. */
  | 'VALIDATING';

/** The time that a list is ordered by. */
export type TimestampField =
  /** When it was created. */
  | 'CREATED_AT'
  /** When it last changed. What changes while it is paged through moves in the list. */
  | 'UPDATED_AT';

/** The rules to set. Those left out stay as they are, or have their defaults in a new index. */
export type ValidationPolicyInput = {
  /** The longest duration in seconds, inclusive: 7200 for a new index that says nothing. */
  readonly maxDuration?: number | null | undefined;
  /** The largest file in bytes, inclusive: 2147483648 for a new index that says nothing. */
  readonly maxFileSize?: number | null | undefined;
  /** The pixels that the short side must stay under, exclusive: 1080 for a new index that says nothing. */
  readonly maxHeight?: number | null | undefined;
  /** The shortest duration in seconds, inclusive: 15 for a new index that says nothing. */
  readonly minDuration?: number | null | undefined;
  /** The least pixels of the short side, inclusive: 360 for a new index that says nothing. */
  readonly minHeight?: number | null | undefined;
  /** Whether a video with broken or missing frames is refused: true for a new index that says nothing. */
  readonly rejectBrokenFrames?: boolean | null | undefined;
  /** Whether a video without an audio track is refused: true for a new index that says nothing. */
  readonly requireAudio?: boolean | null | undefined;
};

/** Which videos: those to which everything that is given applies. Ranges are inclusive. */
export type VideoFilter = {
  /** READY at this time or later. */
  readonly createdAfter?: string | null | undefined;
  /** READY at this time or earlier. */
  readonly createdBefore?: string | null | undefined;
  /** Part of the file name; capitals do not matter. */
  readonly filename?: string | null | undefined;
  /** At most this many seconds long. */
  readonly maxDuration?: number | null | undefined;
  /** At most this many pixels on the short side. */
  readonly maxHeight?: number | null | undefined;
  /** At least this many seconds long. */
  readonly minDuration?: number | null | undefined;
  /** At least this many pixels on the short side. */
  readonly minHeight?: number | null | undefined;
  /** User metadata that has all of these keys with these values; objects in it are compared likewise. */
  readonly userMetadata?: Record<string, unknown> | null | undefined;
};

/** A moment of a video: the clip that it lies in is searched for. */
export type VideoSegmentInput = {
  /** Seconds from the beginning of the video. */
  readonly startOffset: number;
  /** The id of the video. */
  readonly videoId: string;
};

export type IndexFieldsFragment = { readonly id: string, readonly name: string, readonly createdAt: string, readonly modalities: ReadonlyArray<Modality>, readonly videoCount: number, readonly totalDuration: number, readonly model: { readonly name: string } };

export type VideoFieldsFragment = { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } };

export type TaskFieldsFragment = { readonly id: string, readonly status: TaskStatus, readonly attempt: number, readonly progress: number, readonly estimatedTime: string | null, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: TaskFailureCode, readonly message: string, readonly actual: string | null, readonly allowed: string | null } | null, readonly history: ReadonlyArray<{ readonly status: TaskStatus, readonly at: string }>, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } | null };

export type SegmentFieldsFragment = { readonly startOffset: number, readonly endOffset: number, readonly modality: Modality, readonly scope: EmbeddingScope, readonly text: string | null, readonly thumbnailUrl: string | null, readonly embedding?: ReadonlyArray<number> | null };

export type HitFieldsFragment = { readonly startOffset: number, readonly endOffset: number, readonly score: number, readonly modality: Modality, readonly text: string | null, readonly thumbnailUrl: string | null, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } };

export type CreateIndexMutationVariables = Exact<{
  input: CreateIndexInput;
}>;


export type CreateIndexMutation = { readonly createIndex:
    | { readonly __typename: 'ConflictError', readonly code: string, readonly message: string }
    | { readonly __typename: 'Index', readonly id: string, readonly name: string, readonly createdAt: string, readonly modalities: ReadonlyArray<Modality>, readonly videoCount: number, readonly totalDuration: number, readonly model: { readonly name: string } }
    | { readonly __typename: 'InvalidInputError', readonly code: string, readonly message: string }
    | { readonly __typename: 'LimitExceededError', readonly code: string, readonly message: string }
   };

export type CreateTaskMutationVariables = Exact<{
  input: CreateTaskInput;
}>;


export type CreateTaskMutation = { readonly createTask:
    | { readonly __typename: 'ConflictError', readonly code: string, readonly message: string }
    | { readonly __typename: 'InvalidInputError', readonly code: string, readonly message: string }
    | { readonly __typename: 'LimitExceededError', readonly code: string, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: string, readonly message: string }
    | { readonly __typename: 'Task', readonly id: string, readonly status: TaskStatus, readonly attempt: number, readonly progress: number, readonly estimatedTime: string | null, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: TaskFailureCode, readonly message: string, readonly actual: string | null, readonly allowed: string | null } | null, readonly history: ReadonlyArray<{ readonly status: TaskStatus, readonly at: string }>, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } | null }
   };

export type FollowTaskSubscriptionVariables = Exact<{
  id: string;
}>;


export type FollowTaskSubscription = { readonly taskUpdated: { readonly id: string, readonly status: TaskStatus, readonly attempt: number, readonly progress: number, readonly estimatedTime: string | null, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: TaskFailureCode, readonly message: string, readonly actual: string | null, readonly allowed: string | null } | null, readonly history: ReadonlyArray<{ readonly status: TaskStatus, readonly at: string }>, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } | null } };

export type FindTaskQueryVariables = Exact<{
  id: string;
}>;


export type FindTaskQuery = { readonly task: { readonly id: string, readonly status: TaskStatus, readonly attempt: number, readonly progress: number, readonly estimatedTime: string | null, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: TaskFailureCode, readonly message: string, readonly actual: string | null, readonly allowed: string | null } | null, readonly history: ReadonlyArray<{ readonly status: TaskStatus, readonly at: string }>, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } | null } | null };

export type SearchQueryVariables = Exact<{
  input: SearchInput;
  first: number;
  after?: string | null | undefined;
}>;


export type SearchQuery = { readonly search:
    | { readonly __typename: 'InvalidInputError', readonly code: string, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: string, readonly message: string }
    | { readonly __typename: 'SearchConnection', readonly edges: ReadonlyArray<{ readonly rank: number, readonly node: { readonly startOffset: number, readonly endOffset: number, readonly score: number, readonly modality: Modality, readonly text: string | null, readonly thumbnailUrl: string | null, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } }
   };

export type ListIndexesQueryVariables = Exact<{
  filter?: IndexFilter | null | undefined;
  orderBy?: IndexOrder | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListIndexesQuery = { readonly indexes: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly name: string, readonly createdAt: string, readonly modalities: ReadonlyArray<Modality>, readonly videoCount: number, readonly totalDuration: number, readonly model: { readonly name: string } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ListTasksQueryVariables = Exact<{
  filter?: TaskFilter | null | undefined;
  orderBy?: TaskOrder | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListTasksQuery = { readonly tasks: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly status: TaskStatus, readonly attempt: number, readonly progress: number, readonly estimatedTime: string | null, readonly createdAt: string, readonly updatedAt: string, readonly failure: { readonly code: TaskFailureCode, readonly message: string, readonly actual: string | null, readonly allowed: string | null } | null, readonly history: ReadonlyArray<{ readonly status: TaskStatus, readonly at: string }>, readonly video: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ListVideosQueryVariables = Exact<{
  indexId: string;
  filter?: VideoFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListVideosQuery = { readonly index: { readonly videos: { readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly createdAt: string, readonly thumbnailUrl: string | null, readonly userMetadata: Record<string, unknown>, readonly metadata: { readonly filename: string, readonly duration: number, readonly width: number, readonly height: number, readonly fps: number | null, readonly size: number } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null };

export type ListSegmentsQueryVariables = Exact<{
  id: string;
  modalities?: ReadonlyArray<Modality> | Modality | null | undefined;
  withEmbeddings: boolean;
  first: number;
  after?: string | null | undefined;
}>;


export type ListSegmentsQuery = { readonly node:
    | { readonly __typename: 'EmbeddingTask', readonly ofTask: { readonly edges: ReadonlyArray<{ readonly node: { readonly startOffset: number, readonly endOffset: number, readonly modality: Modality, readonly scope: EmbeddingScope, readonly text: string | null, readonly thumbnailUrl: string | null, readonly embedding?: ReadonlyArray<number> | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null }
    | { readonly __typename: 'Index' }
    | { readonly __typename: 'Reindex' }
    | { readonly __typename: 'Task' }
    | { readonly __typename: 'Video', readonly ofVideo: { readonly edges: ReadonlyArray<{ readonly node: { readonly startOffset: number, readonly endOffset: number, readonly modality: Modality, readonly scope: EmbeddingScope, readonly text: string | null, readonly thumbnailUrl: string | null, readonly embedding?: ReadonlyArray<number> | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } }
   | null };

export type SegmentPageFragment = { readonly edges: ReadonlyArray<{ readonly node: { readonly startOffset: number, readonly endOffset: number, readonly modality: Modality, readonly scope: EmbeddingScope, readonly text: string | null, readonly thumbnailUrl: string | null, readonly embedding?: ReadonlyArray<number> | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } };

export type CountSegmentsQueryVariables = Exact<{
  videoId: string;
}>;


export type CountSegmentsQuery = { readonly video: { readonly segments: { readonly totalCount: number } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const IndexFieldsFragmentDoc = new TypedDocumentString(`
    fragment IndexFields on Index {
  id
  name
  createdAt
  modalities
  model {
    name
  }
  videoCount
  totalDuration
}
    `, {"fragmentName":"IndexFields"}) as unknown as TypedDocumentString<IndexFieldsFragment, unknown>;
export const VideoFieldsFragmentDoc = new TypedDocumentString(`
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
    `, {"fragmentName":"VideoFields"}) as unknown as TypedDocumentString<VideoFieldsFragment, unknown>;
export const TaskFieldsFragmentDoc = new TypedDocumentString(`
    fragment TaskFields on Task {
  id
  status
  attempt
  progress
  estimatedTime
  failure {
    code
    message
    actual
    allowed
  }
  history {
    status
    at
  }
  createdAt
  updatedAt
  video {
    ...VideoFields
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}`, {"fragmentName":"TaskFields"}) as unknown as TypedDocumentString<TaskFieldsFragment, unknown>;
export const HitFieldsFragmentDoc = new TypedDocumentString(`
    fragment HitFields on SearchHit {
  startOffset
  endOffset
  score
  modality
  text
  thumbnailUrl
  video {
    ...VideoFields
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}`, {"fragmentName":"HitFields"}) as unknown as TypedDocumentString<HitFieldsFragment, unknown>;
export const SegmentFieldsFragmentDoc = new TypedDocumentString(`
    fragment SegmentFields on Segment {
  startOffset
  endOffset
  modality
  scope
  text
  thumbnailUrl
  embedding @include(if: $withEmbeddings)
}
    `, {"fragmentName":"SegmentFields"}) as unknown as TypedDocumentString<SegmentFieldsFragment, unknown>;
export const SegmentPageFragmentDoc = new TypedDocumentString(`
    fragment SegmentPage on SegmentConnection {
  edges {
    node {
      ...SegmentFields
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
    fragment SegmentFields on Segment {
  startOffset
  endOffset
  modality
  scope
  text
  thumbnailUrl
  embedding @include(if: $withEmbeddings)
}`, {"fragmentName":"SegmentPage"}) as unknown as TypedDocumentString<SegmentPageFragment, unknown>;
export const CreateIndexDocument = new TypedDocumentString(`
    mutation CreateIndex($input: CreateIndexInput!) {
  createIndex(input: $input) {
    __typename
    ... on Index {
      ...IndexFields
    }
    ... on Error {
      code
      message
    }
  }
}
    fragment IndexFields on Index {
  id
  name
  createdAt
  modalities
  model {
    name
  }
  videoCount
  totalDuration
}`) as unknown as TypedDocumentString<CreateIndexMutation, CreateIndexMutationVariables>;
export const CreateTaskDocument = new TypedDocumentString(`
    mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    __typename
    ... on Task {
      ...TaskFields
    }
    ... on Error {
      code
      message
    }
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
fragment TaskFields on Task {
  id
  status
  attempt
  progress
  estimatedTime
  failure {
    code
    message
    actual
    allowed
  }
  history {
    status
    at
  }
  createdAt
  updatedAt
  video {
    ...VideoFields
  }
}`) as unknown as TypedDocumentString<CreateTaskMutation, CreateTaskMutationVariables>;
export const FollowTaskDocument = new TypedDocumentString(`
    subscription FollowTask($id: ID!) {
  taskUpdated(id: $id) {
    ...TaskFields
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
fragment TaskFields on Task {
  id
  status
  attempt
  progress
  estimatedTime
  failure {
    code
    message
    actual
    allowed
  }
  history {
    status
    at
  }
  createdAt
  updatedAt
  video {
    ...VideoFields
  }
}`) as unknown as TypedDocumentString<FollowTaskSubscription, FollowTaskSubscriptionVariables>;
export const FindTaskDocument = new TypedDocumentString(`
    query FindTask($id: ID!) {
  task(id: $id) {
    ...TaskFields
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
fragment TaskFields on Task {
  id
  status
  attempt
  progress
  estimatedTime
  failure {
    code
    message
    actual
    allowed
  }
  history {
    status
    at
  }
  createdAt
  updatedAt
  video {
    ...VideoFields
  }
}`) as unknown as TypedDocumentString<FindTaskQuery, FindTaskQueryVariables>;
export const SearchDocument = new TypedDocumentString(`
    query Search($input: SearchInput!, $first: Int!, $after: String) {
  search(input: $input, first: $first, after: $after) {
    __typename
    ... on SearchConnection {
      edges {
        rank
        node {
          ...HitFields
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    ... on Error {
      code
      message
    }
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
fragment HitFields on SearchHit {
  startOffset
  endOffset
  score
  modality
  text
  thumbnailUrl
  video {
    ...VideoFields
  }
}`) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const ListIndexesDocument = new TypedDocumentString(`
    query ListIndexes($filter: IndexFilter, $orderBy: IndexOrder, $first: Int!, $after: String) {
  indexes(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges {
      node {
        ...IndexFields
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment IndexFields on Index {
  id
  name
  createdAt
  modalities
  model {
    name
  }
  videoCount
  totalDuration
}`) as unknown as TypedDocumentString<ListIndexesQuery, ListIndexesQueryVariables>;
export const ListTasksDocument = new TypedDocumentString(`
    query ListTasks($filter: TaskFilter, $orderBy: TaskOrder, $first: Int!, $after: String) {
  tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    edges {
      node {
        ...TaskFields
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}
fragment TaskFields on Task {
  id
  status
  attempt
  progress
  estimatedTime
  failure {
    code
    message
    actual
    allowed
  }
  history {
    status
    at
  }
  createdAt
  updatedAt
  video {
    ...VideoFields
  }
}`) as unknown as TypedDocumentString<ListTasksQuery, ListTasksQueryVariables>;
export const ListVideosDocument = new TypedDocumentString(`
    query ListVideos($indexId: ID!, $filter: VideoFilter, $first: Int!, $after: String) {
  index(id: $indexId) {
    videos(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          ...VideoFields
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment VideoFields on Video {
  id
  createdAt
  metadata {
    filename
    duration
    width
    height
    fps
    size
  }
  thumbnailUrl
  userMetadata
}`) as unknown as TypedDocumentString<ListVideosQuery, ListVideosQueryVariables>;
export const ListSegmentsDocument = new TypedDocumentString(`
    query ListSegments($id: ID!, $modalities: [Modality!], $withEmbeddings: Boolean!, $first: Int!, $after: String) {
  node(id: $id) {
    __typename
    ... on Video {
      ofVideo: segments(modalities: $modalities, first: $first, after: $after) {
        ...SegmentPage
      }
    }
    ... on EmbeddingTask {
      ofTask: segments(modalities: $modalities, first: $first, after: $after) {
        ...SegmentPage
      }
    }
  }
}
    fragment SegmentFields on Segment {
  startOffset
  endOffset
  modality
  scope
  text
  thumbnailUrl
  embedding @include(if: $withEmbeddings)
}
fragment SegmentPage on SegmentConnection {
  edges {
    node {
      ...SegmentFields
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`) as unknown as TypedDocumentString<ListSegmentsQuery, ListSegmentsQueryVariables>;
export const CountSegmentsDocument = new TypedDocumentString(`
    query CountSegments($videoId: ID!) {
  video(id: $videoId) {
    segments(first: 0) {
      totalCount
    }
  }
}
    `) as unknown as TypedDocumentString<CountSegmentsQuery, CountSegmentsQueryVariables>;