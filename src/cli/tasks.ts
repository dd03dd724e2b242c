import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Client, expectType, type RequestOptions, type Result } from '../client/client.ts';
import { CommandFailedError } from './failures.ts';

export type TaskStatus =
  | 'UPLOADING'
  | 'VALIDATING'
  | 'PENDING'
  | 'QUEUED'
  | 'INDEXING'
  | 'READY'
  | 'FAILED'
  | 'CANCELED';

/** A task as a subscription tells of it. Times are RFC 3339. */
export interface TaskState {
  id: string;
  status: TaskStatus;
  /** 0 to 1 over the whole task. */
  progress: number;
  estimatedTime: string | null;
  failure: { code: string; message: string; actual: string | null; allowed: string | null } | null;
  history: { status: TaskStatus; at: string }[];
  createdAt: string;
  video: FinishedVideo | null;
}

/** The outcome of a task. Lengths are in seconds. */
export interface FinishedVideo {
  id: string;
  metadata: { filename: string; duration: number; width: number; height: number };
  /** One for each segment and modality, and those of the whole video. */
  segments: { totalCount: number };
}

const CREATE_TASK = /* GraphQL */ `
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) {
      __typename
      ... on Task { id }
      ... on Error { message code }
    }
  }`;

const TASK_UPDATED = /* GraphQL */ `
  subscription TaskUpdated($id: ID!) {
    taskUpdated(id: $id) {
      id
      status
      progress
      estimatedTime
      failure { code message actual allowed }
      history { status at }
      createdAt
      video { id metadata { filename duration width height } segments(first: 1) { totalCount } }
    }
  }`;

/** Uploads a video from disk into an index; resolves to the task's id. Throws as `Client.upload` does. */
export async function uploadVideo(
  client: Client,
  indexId: string,
  path: string,
  options: RequestOptions = {},
): Promise<string> {
  const videoFile = await openFile(path);
  const files = { 'input.videoFile': videoFile };
  const data = await client.upload<CreatedTask>(CREATE_TASK, { input: { indexId } }, files, options);
  return expectType('Task', data.createTask).id;
}

/** Has the server download a video into an index; resolves to the task's id. */
export async function submitVideoUrl(
  client: Client,
  indexId: string,
  videoUrl: string,
  options: RequestOptions = {},
): Promise<string> {
  const data = await client.request<CreatedTask>(CREATE_TASK, { input: { indexId, videoUrl } }, options);
  return expectType('Task', data.createTask).id;
}

/** Every state of a task: the present one at once, then each that follows until a terminal one. */
export async function* followTask(
  client: Client,
  id: string,
  options: RequestOptions = {},
): AsyncGenerator<TaskState, void> {
  for await (const data of client.subscribe<{ taskUpdated: TaskState }>(TASK_UPDATED, { id }, options))
    yield data.taskUpdated;
}

/** A file to upload, read from disk as it is sent. Throws CommandFailedError when there is none. */
export async function openFile(path: string): Promise<File> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandFailedError(`There is no file ${path}.`);
  try {
    return new File([await openAsBlob(path)], basename(path));
  } catch (cause) {
    throw new CommandFailedError(`The file ${path} cannot be read.`, { cause });
  }
}

interface CreatedTask {
  createTask: Result<'Task', { id: string }>;
}
