import { type Client, createClient } from '../../src/client/client.ts';
import type { Ended } from './tasks-over.ts';
import type { VideoFile } from './video-files.ts';

/** The local id of a row, out of its global one. */
export function rowId(globalId: string): string {
  return Buffer.from(globalId, 'base64').toString().split(':')[1] ?? '';
}

const INDEX = `mutation ($input: CreateIndexInput!) { createIndex(input: $input) { ... on Index { id } } }`;
const TASK = `mutation ($input: CreateTaskInput!) {
  made: createTask(input: $input) { __typename ... on Task { id } ... on Error { code message } }
}`;
const EMBEDDING_TASK = `mutation ($input: CreateEmbeddingTaskInput!) {
  made: createEmbeddingTask(input: $input) { __typename ... on EmbeddingTask { id } ... on Error { code message } }
}`;

const EMBEDDING_TASK_STATE = 'query ($id: ID!) { embeddingTask(id: $id) { status failure { code message } } }';

const OPEN = `{
  tasks(filter: { status: [UPLOADING, VALIDATING, PENDING, QUEUED, INDEXING] }) { totalCount }
  embeddingTasks(filter: { status: [PROCESSING] }) { totalCount }
}`;

/** What a mutation answered: a task with its id, or an error of the API. */
export interface Made {
  __typename: string;
  id: string;
  code?: string;
  message?: string;
}

/** What a test asks of a server. */
export interface TasksApi {
  client: Client;
  /** An index that takes small clips. */
  createIndex(name: string, modalities?: string[]): Promise<string>;
  /** A task, or an embedding task where no index is given, of a file or a URL. */
  create(video: VideoFile | { url: string }, name: string, indexId?: string, input?: object): Promise<Made>;
  /** How an embedding task stands. */
  embeddingTask(id: string): Promise<Pick<Ended, 'status' | 'failure'>>;
  /** How many tasks of both kinds are not over. */
  countOpen(): Promise<number>;
}

export function createTasksApi(url: string): TasksApi {
  const client = createClient({ url });
  return {
    client,
    async createIndex(name, modalities = ['VISUAL']) {
      const validation = { minDuration: 0, minHeight: 1, requireAudio: false };
      const input = { name, modalities, validation };
      const { createIndex } = await client.request<{ createIndex: { id: string } }>(INDEX, { input });
      return createIndex.id;
    },
    async create(video, name, indexId, more = {}) {
      const input = {
        ...(indexId && { indexId }),
        ...('url' in video ? { videoUrl: video.url } : { videoFile: new File([video.bytes], `${name}.mp4`) }),
        ...more,
      };
      const document = indexId ? TASK : EMBEDDING_TASK;
      return (await client.request<{ made: Made }>(document, { input })).made;
    },
    async embeddingTask(id) {
      type Answer = { embeddingTask: Pick<Ended, 'status' | 'failure'> };
      return (await client.request<Answer>(EMBEDDING_TASK_STATE, { id })).embeddingTask;
    },
    async countOpen() {
      type Counts = Record<'tasks' | 'embeddingTasks', { totalCount: number }>;
      const { tasks, embeddingTasks } = await client.request<Counts>(OPEN);
      return tasks.totalCount + embeddingTasks.totalCount;
    },
  };
}
