import {
  type ListIndexesOptions,
  type ListSegmentsOptions,
  type ListTasksOptions,
  type ListVideosOptions,
  listIndexes,
  listSegments,
  listTasks,
  listVideos,
} from './connections.ts';
import type { RequestOptions } from './document.ts';
import type {
  CreateIndexInput,
  IndexFieldsFragment as Index,
  SegmentFieldsFragment as Segment,
  TaskFieldsFragment as Task,
  VideoFieldsFragment as Video,
} from './generated/graphql.ts';
import { createIndex, ensureIndex, findIndex } from './indexes.ts';
import { listHits, type SearchHit, type SearchInput, type SearchOptions, search } from './search.ts';
import { type ClientOptions, openTransport, type Transport } from './transport.ts';
import { type UploadTaskInput, uploadTask } from './upload-task.ts';
import { type ReadyTask, type WaitOptions, waitForTask } from './wait-for-task.ts';

export type { Document, RequestOptions } from './document.ts';
export * from './errors.ts';
export { expectType } from './expect-type.ts';
export type { FileSource } from './files.ts';
export type {
  CreateIndexInput,
  Modality,
  TaskFailureCode,
  TaskStatus,
} from './generated/graphql.ts';
export type {
  ClientOptions,
  Index,
  ListIndexesOptions,
  ListSegmentsOptions,
  ListTasksOptions,
  ListVideosOptions,
  ReadyTask,
  SearchHit,
  SearchInput,
  SearchOptions,
  Segment,
  Task,
  UploadTaskInput,
  Video,
  WaitOptions,
};

type Signal = Pick<RequestOptions, 'signal'>;

/**
 * A Reelgraph server, for scripts. Whatever asks the server throws ServerUnreachableError, RequestFailedError,
 * ClientClosedError or the signal's reason; where the API can refuse, OperationFailedError; where files are sent,
 * FileUnreadableError.
 */
export interface Client extends Transport, AsyncDisposable {
  /** Creates an index. */
  createIndex(input: CreateIndexInput, options?: Signal): Promise<Index>;
  /** The index of exactly this name. */
  findIndex(name: string, options?: Signal): Promise<Index | undefined>;
  /** The index of this name, as it is, or a new one. `created` says which. */
  ensureIndex(input: CreateIndexInput, options?: Signal): Promise<Index & { created: boolean }>;
  /**
   * Hands a video in, as a file or a URL, and resolves once the server has it, or has noted its URL. A request whose
   * answer is lost is sent up to twice more, with the same `clientToken`: that makes one task, not three.
   * @param options.onProgress is told of bytes on their way; with another try it begins anew
   */
  uploadTask(input: UploadTaskInput, options?: RequestOptions): Promise<Task>;
  /**
   * Waits until a task is READY, by WebSocket, or by asking every second where a proxy lets none through. Lost
   * connections are made again; without any good answer for a minute it gives up.
   * @throws TaskFailedError, TaskCanceledError, TaskTimeoutError; OperationFailedError with the code NOT_FOUND
   */
  waitForTask(id: string, options?: WaitOptions): Promise<ReadyTask>;
  /** The best hits, best first. */
  search(input: SearchInput, options?: SearchOptions): Promise<SearchHit[]>;
  /** All hits, best first, page by page. */
  hits(input: SearchInput, options?: Signal): AsyncGenerator<SearchHit, void>;
  /** Your indexes, newest first unless said otherwise, page by page. */
  indexes(options?: ListIndexesOptions): AsyncGenerator<Index, void>;
  /** Your tasks, newest first unless said otherwise, page by page. */
  tasks(options?: ListTasksOptions): AsyncGenerator<Task, void>;
  /** The videos of an index, newest first, page by page. */
  videos(indexId: string, options?: ListVideosOptions): AsyncGenerator<Video, void>;
  /** The segments of a video or an embedding task, by time, page by page; none while an embedding task is not READY. */
  segments(id: string, options?: ListSegmentsOptions): AsyncGenerator<Segment, void>;
}

/** Prepares a client; it connects when it is used. Throws a TypeError for a `url` that is none. */
export function createClient(options: ClientOptions): Client {
  const transport = openTransport(options);
  return {
    ...transport,
    createIndex: (input, options) => createIndex(transport, input, options),
    findIndex: (name, options) => findIndex(transport, name, options),
    ensureIndex: (input, options) => ensureIndex(transport, input, options),
    uploadTask: (input, options) => uploadTask(transport, input, options),
    waitForTask: (id, options) => waitForTask(transport, id, options),
    search: (input, options) => search(transport, input, options),
    hits: (input, options) => listHits(transport, input, options?.signal),
    indexes: (options) => listIndexes(transport, options),
    tasks: (options) => listTasks(transport, options),
    videos: (indexId, options) => listVideos(transport, indexId, options),
    segments: (id, options) => listSegments(transport, id, options),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
