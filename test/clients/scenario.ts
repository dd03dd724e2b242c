import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { makeClip } from '../helpers/clips.ts';
import { until } from '../helpers/until.ts';

/*
 * What each client does, in the words of the API: it creates an index, uploads a video into it and follows the task to
 * READY, searches, pages through its tasks, meets an error member, and loses its connection while a task goes on.
 */

export const CREATE_INDEX = `mutation CreateIndex($input: CreateIndexInput!) {
  createIndex(input: $input) { __typename ... on Index { id name } ... on Error { code message } }
}`;

export const CREATE_TASK = `mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) { __typename ... on Task { id status } ... on Error { code message } }
}`;

export const FOLLOW = `subscription Follow($id: ID!) {
  taskUpdated(id: $id) { id status progress history { status } }
}`;

export const TASK = 'query Task($id: ID!) { task(id: $id) { id status } }';

export const TASKS = `query Tasks($filter: TaskFilter, $after: String) {
  tasks(filter: $filter, first: 1, after: $after) {
    totalCount
    edges { cursor node { id status } }
    pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
  }
}`;

export const SEARCH = `query Search($input: SearchInput!) {
  search(input: $input) {
    __typename
    ... on SearchConnection { edges { rank node { score startOffset endOffset video { id } } } }
    ... on Error { code message }
  }
}`;

/** A member of a result's union: what was wanted, or why there is none. */
export interface Member {
  __typename: string;
  id?: string;
  code?: string;
  message?: string;
}

export interface TaskState {
  id: string;
  status: string;
  progress: number;
  history: { status: string }[];
}

export interface TaskPage {
  totalCount: number;
  edges: { node: { id: string; status: string } }[];
  pageInfo: { endCursor: string; hasNextPage: boolean };
}

export type SearchResult = Member & { edges: { rank: number; node: { score: number; video: { id: string } } }[] };

/** An index that takes the small clip. */
export function smallIndex(name: string) {
  const validation = { minDuration: 0, minHeight: 1, requireAudio: false };
  return { name, modalities: ['VISUAL'], validation };
}

export const smallClip = () => makeClip({ seconds: 2, width: 160, height: 120, fps: 10, audio: false });

/** The small clip as browsers have files: it is read from the disk as it is sent. */
export async function smallFile(): Promise<File> {
  return new File([await openAsBlob(await smallClip())], 'clip.mp4', { type: 'video/mp4' });
}

/** The id of what was created. */
export function createdId(result: Member | undefined): string {
  return result?.id ?? assert.fail(JSON.stringify(result));
}

const ORDER = ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];

/** Every state of an uploaded file was told, in order and once. */
export function assertFollowed(told: readonly TaskState[]): void {
  const entered = told.filter(({ status }, n) => status !== told[n - 1]?.status).map(({ status }) => status);
  assert.deepEqual(entered, ORDER.slice(1));
}

/**
 * The connection was lost during the first state and was back after the last one: this one was told, and its history
 * has all that was not.
 */
export function assertNothingMissed(told: readonly TaskState[]): void {
  assert.deepEqual([told[0]?.status, told.at(-1)?.status], ['UPLOADING', 'READY']);
  assert.deepEqual(
    told.at(-1)?.history.map(({ status }) => status),
    ORDER,
  );
}

/** What the small clip has to find: it itself. */
export function assertFound(result: SearchResult | undefined): void {
  assert.equal(result?.__typename, 'SearchConnection', JSON.stringify(result));
  const [best] = result.edges;
  assert.equal(best?.rank, 1);
  assert.ok(best.node.score > 0 && best.node.video.id);
}

/** A task is READY, as one is told who asks the server itself. */
export async function untilReady(server: string, id: string, headers: Record<string, string> = {}): Promise<void> {
  const body = JSON.stringify({ query: TASK, variables: { id } });
  await until(async () => {
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    const { data } = await (await fetch(`${server}/graphql`, init)).json();
    assert.ok(ORDER.includes(data.task.status), data.task.status);
    return data.task.status === 'READY';
  });
}
