import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Client, fetchExchange, type OperationContext } from '@urql/core';
import { getIntrospectionQuery } from 'graphql';
import type { Client as SocketClient } from 'graphql-ws';
import { countedFetch } from './counted-fetch.ts';
import * as api from './scenario.ts';
import { type Stage, setStage } from './stage.ts';
import { connectUrql } from './urql.ts';

let stage: Stage;
let client: Client;
let socket: SocketClient;
before(async () => {
  stage = await setStage();
  const answer = await new Client({ url: stage.endpoint, preferGetMethod: false, exchanges: [fetchExchange] }).query(
    getIntrospectionQuery(),
    {},
  );
  ({ client, socket } = connectUrql(stage.endpoint, answer.data));
});
after(async () => {
  await socket.dispose();
  await stage[Symbol.asyncDispose]();
});

let indexId: string;

async function createIndex(name: string): Promise<api.Member | undefined> {
  const { data } = await client.mutation(api.CREATE_INDEX, { input: api.smallIndex(name) });
  return data?.createIndex;
}

async function createTask(input: object, context: Partial<OperationContext> = {}): Promise<string> {
  const { data, error } = await client.mutation(api.CREATE_TASK, { input: { indexId, ...input } }, context);
  assert.equal(error, undefined);
  return api.createdId(data.createTask);
}

/** Every state that is told until the end, with `onTold` called at each. */
function follow(id: string, onTold: (state: api.TaskState) => void = () => {}): Promise<api.TaskState[]> {
  const told: api.TaskState[] = [];
  return new Promise((resolve, reject) => {
    client.subscription(api.FOLLOW, { id }).subscribe(({ data, error, hasNext }) => {
      if (error) return reject(error);
      // The end of a subscription is its last result once more.
      if (!hasNext) return resolve(told);
      told.push(data.taskUpdated);
      onTold(data.taskUpdated);
    });
  });
}

it('uploads with progress, follows to READY, and the cached task follows as well', async () => {
  indexId = api.createdId(await createIndex('urql'));
  const videoFile = await api.smallFile();
  let sent = 0;
  const fetch = countedFetch((bytes) => {
    sent = bytes;
  });
  const id = await createTask({ videoFile }, { fetch });
  assert.ok(sent > videoFile.size, `${sent} bytes were told of`);

  await client.query(api.TASK, { id });
  const watched: string[] = [];
  const watching = client
    .query(api.TASK, { id }, { requestPolicy: 'cache-only' })
    .subscribe(({ data }) => watched.push(data.task.status));
  api.assertFollowed(await follow(id));
  assert.equal(watched.at(-1), 'READY');
  watching.unsubscribe();
});

it('searches', async () => {
  const { data } = await client.query(api.SEARCH, { input: { indexIds: [indexId], text: 'espresso' } });
  api.assertFound(data.search);
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
  await api.untilReady(server.url, id);
  proxy.restore();
  api.assertNothingMissed(await following);
});

it('merges the pages of a connection', async () => {
  const filter = { indexId };
  const { data: first } = await client.query(api.TASKS, { filter });
  assert.deepEqual([first.tasks.edges.length, first.tasks.pageInfo.hasNextPage], [1, true]);
  const { data } = await client.query(api.TASKS, { filter, after: first.tasks.pageInfo.endCursor });
  assert.deepEqual([data.tasks.edges.length, data.tasks.pageInfo.hasNextPage], [2, false]);
});

it('meets the members of unions that are errors', async () => {
  const refused = await createIndex('urql');
  assert.deepEqual([refused?.__typename, refused?.code], ['ConflictError', 'CONFLICT']);
  const { data } = await client.query(api.SEARCH, { input: { indexIds: [indexId], text: '' } });
  assert.equal(data.search.__typename, 'InvalidInputError');
  assert.ok(data.search.message);
});
