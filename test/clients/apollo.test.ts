import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type ApolloClient, gql } from '@apollo/client';
import type { Client } from 'graphql-ws';
import { lastValueFrom, map, tap, toArray } from 'rxjs';
import { runCli } from '../cli/processes.ts';
import { connectApollo } from './apollo.ts';
import { countedFetch } from './counted-fetch.ts';
import * as api from './scenario.ts';
import { type Stage, setStage } from './stage.ts';

let stage: Stage;
let apiKey: string;
let client: ApolloClient;
let socket: Client;
let sent = 0;
before(async () => {
  stage = await setStage();
  apiKey = (await runCli(['keys', 'create', 'apollo'], stage.server.settings)).stdout.trim();
  const fetch = countedFetch((bytes) => {
    sent = bytes;
  });
  ({ client, socket } = connectApollo(stage.endpoint, apiKey, fetch));
});
after(async () => {
  client.stop();
  await socket.dispose();
  await stage[Symbol.asyncDispose]();
});

let indexId: string;

async function createIndex(name: string): Promise<api.Member | undefined> {
  const variables = { input: api.smallIndex(name) };
  const { data } = await client.mutate<{ createIndex: api.Member }>({ mutation: gql(api.CREATE_INDEX), variables });
  return data?.createIndex;
}

async function createTask(input: object): Promise<string> {
  const mutation = gql(api.CREATE_TASK);
  const variables = { input: { indexId, ...input } };
  const { data } = await client.mutate<{ createTask: api.Member }>({ mutation, variables });
  return api.createdId(data?.createTask);
}

/** Every state that is told until the end, with `onTold` called at each. */
function follow(id: string, onTold: (state: api.TaskState) => void = () => {}): Promise<api.TaskState[]> {
  const updates = client.subscribe<{ taskUpdated: api.TaskState }>({ query: gql(api.FOLLOW), variables: { id } });
  const states = updates.pipe(map(({ data, error }) => data?.taskUpdated ?? assert.fail(error)));
  return lastValueFrom(states.pipe(tap(onTold), toArray()));
}

it('uploads with progress, follows to READY, and the cached task follows as well', async () => {
  indexId = api.createdId(await createIndex('apollo'));
  const videoFile = await api.smallFile();
  const id = await createTask({ videoFile });
  assert.ok(sent > videoFile.size, `${sent} bytes were told of`);

  const query = gql(api.TASK);
  await client.query({ query, variables: { id } });
  const fetchPolicy = 'cache-only';
  const watched = client.watchQuery<{ task: api.TaskState }>({ query, variables: { id }, fetchPolicy });
  const { promise: seenReady, resolve } = Promise.withResolvers<void>();
  const watching = watched.subscribe(({ data }) => data?.task?.status === 'READY' && resolve());
  api.assertFollowed(await follow(id));
  await seenReady;
  watching.unsubscribe();
  const fragment = gql('fragment Status on Task { status }');
  assert.deepEqual(client.cache.readFragment({ id: `Task:${id}`, fragment }), { __typename: 'Task', status: 'READY' });
});

it('searches', async () => {
  const variables = { input: { indexIds: [indexId], text: 'espresso' } };
  const { data } = await client.query<{ search: api.SearchResult }>({ query: gql(api.SEARCH), variables });
  api.assertFound(data?.search);
});

it('misses nothing of a task in the middle of which its connection is lost', async () => {
  const { server, proxy } = stage;
  await using held = await stage.hold();
  const id = await createTask({ videoUrl: held.url });
  const lost = Promise.withResolvers<void>();
  const following = follow(id, ({ status }) => {
    if (status !== 'UPLOADING') return;
    proxy.cut();
    lost.resolve();
  });
  await lost.promise;
  held.release();
  await api.untilReady(server.url, id, { 'x-api-key': apiKey });
  proxy.restore();
  api.assertNothingMissed(await following);
});

it('merges the pages of a connection', async () => {
  const variables = { filter: { indexId } };
  const query = gql(api.TASKS);
  const tasks = client.watchQuery<{ tasks: api.TaskPage }>({ query, variables });
  const watching = tasks.subscribe(() => {});
  const { data: first } = await tasks.refetch();
  const { endCursor, hasNextPage } = first?.tasks.pageInfo ?? assert.fail();
  assert.deepEqual([first?.tasks.edges.length, hasNextPage], [1, true]);
  await tasks.fetchMore({ variables: { after: endCursor } });
  watching.unsubscribe();
  const merged = client.readQuery<{ tasks: api.TaskPage }>({ query, variables });
  assert.deepEqual([merged?.tasks.edges.length, merged?.tasks.pageInfo.hasNextPage], [2, false]);
});

it('meets the members of unions that are errors', async () => {
  const refused = await createIndex('apollo');
  assert.deepEqual([refused?.__typename, refused?.code], ['ConflictError', 'CONFLICT']);
  const variables = { input: { indexIds: [indexId], text: '' } };
  const { data } = await client.query<{ search: api.SearchResult }>({ query: gql(api.SEARCH), variables });
  assert.equal(data?.search.__typename, 'InvalidInputError');
  assert.ok(data.search.message);
});

it('is refused without its key, over both transports', async () => {
  const stranger = connectApollo(stage.endpoint, 'no key');
  await assert.rejects(stranger.client.query({ query: gql(api.TASKS) }), /API key/);
  const refused = Promise.withResolvers<unknown>();
  stranger.client
    .subscribe({ query: gql(api.FOLLOW), variables: { id: indexId } })
    .subscribe({ next: ({ error }) => refused.resolve(error), error: refused.resolve });
  assert.match(String(await refused.promise), /API key/);
  stranger.client.stop();
  await stranger.socket.dispose();
});
