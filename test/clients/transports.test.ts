import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient as createSseClient } from 'graphql-sse';
import { runCli } from '../cli/processes.ts';
import { openEventSource } from './event-source.ts';
import { connectEvents } from './graphql-sse.ts';
import { connectSocket } from './graphql-ws.ts';
import { post } from './post.ts';
import * as api from './scenario.ts';
import { type Stage, setStage } from './stage.ts';

type OnTold = (state: api.TaskState) => void;
type Result = { data?: { taskUpdated: api.TaskState } | null };

let stage: Stage;
let indexId: string;
before(async () => {
  stage = await setStage();
  indexId = await createIndex('transports');
});
after(() => stage[Symbol.asyncDispose]());

async function createIndex(name: string): Promise<string> {
  const variables = { input: api.smallIndex(name) };
  const { data } = await post(stage.endpoint, { query: api.CREATE_INDEX, variables });
  return api.createdId(data.createIndex);
}

async function listen(updates: AsyncIterable<Result>, onTold: OnTold): Promise<api.TaskState[]> {
  const told: api.TaskState[] = [];
  for await (const { data } of updates) {
    told.push(data?.taskUpdated ?? assert.fail());
    onTold(told.at(-1) ?? assert.fail());
  }
  return told;
}

/** How each of them follows a task to the end. */
const transports: Record<string, (id: string, onTold: OnTold) => Promise<api.TaskState[]>> = {
  async 'graphql-ws'(id, onTold) {
    const client = connectSocket(stage.endpoint);
    const updates = client.iterate({ query: api.FOLLOW, variables: { id } });
    return listen(updates as AsyncIterable<Result>, onTold).finally(() => client.dispose());
  },
  async 'graphql-sse'(id, onTold) {
    const client = connectEvents(stage.endpoint);
    const updates = client.iterate({ query: api.FOLLOW, variables: { id } });
    return listen(updates as AsyncIterable<Result>, onTold).finally(() => client.dispose());
  },
  async EventSource(id, onTold) {
    const told: api.TaskState[] = [];
    const { promise: completed, resolve: complete } = Promise.withResolvers<void>();
    const source = openEventSource(stage.endpoint, api.FOLLOW, { id }, (result) => {
      told.push(JSON.parse(result).data.taskUpdated);
      onTold(told.at(-1) ?? assert.fail());
    });
    source.addEventListener('complete', () => complete());
    await completed;
    assert.equal(source.readyState, source.CLOSED);
    return told;
  },
};

for (const [name, follow] of Object.entries(transports))
  describe(name, () => {
    it('is told every state of a file that was uploaded', async () => {
      const input = { indexId, videoFile: null };
      const upload = { file: await api.smallFile(), place: 'variables.input.videoFile' };
      const { data } = await post(stage.endpoint, { query: api.CREATE_TASK, variables: { input } }, upload);
      api.assertFollowed(await follow(api.createdId(data.createTask), () => {}));
    });

    it('misses nothing of a task in the middle of which its connection is lost', async () => {
      const { server, proxy } = stage;
      await using held = await stage.hold();
      const variables = { input: { indexId, videoUrl: held.url } };
      const { data } = await post(stage.endpoint, { query: api.CREATE_TASK, variables });
      const id = api.createdId(data.createTask);
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
  });

it('requests are plain: a search, pages, members that are errors', async () => {
  const run = (query: string, variables: object) => post(stage.endpoint, { query, variables });
  const search = (text: string) => run(api.SEARCH, { input: { indexIds: [indexId], text } });
  api.assertFound((await search('espresso')).data.search);
  assert.equal((await search('')).data.search.__typename, 'InvalidInputError');

  const ids = new Set<string>();
  let page: api.TaskPage | undefined;
  do {
    const after: string | undefined = page?.pageInfo.endCursor;
    page = (await run(api.TASKS, { filter: { indexId }, after })).data.tasks as api.TaskPage;
    for (const { node } of page.edges) ids.add(node.id);
  } while (page.pageInfo.hasNextPage);
  assert.equal(ids.size, page.totalCount);
  assert.equal(ids.size, 2 * Object.keys(transports).length);
});

it('the single connection mode of graphql-sse is refused', async () => {
  const client = createSseClient({ url: stage.endpoint, singleConnection: true, lazy: true, retryAttempts: 0 });
  const updates = client.iterate({ query: api.FOLLOW, variables: { id: indexId } });
  await assert.rejects(updates.next(), { name: 'NetworkError' });
  client.dispose();
});

it('graphql-ws and graphql-sse send their key, once one is needed', async () => {
  const { data } = await post(stage.endpoint, { query: api.TASKS, variables: { filter: { indexId } } });
  const { id } = data.tasks.edges[0].node;
  const apiKey = (await runCli(['keys', 'create', 'transports'], stage.server.settings)).stdout.trim();
  for (const client of [connectSocket(stage.endpoint, apiKey), connectEvents(stage.endpoint, apiKey)]) {
    const updates = client.iterate({ query: api.FOLLOW, variables: { id } });
    const [state] = await listen(updates as AsyncIterable<Result>, () => {});
    assert.equal(state?.status, 'READY');
    await client.dispose();
  }
  const refused = await post(stage.endpoint, { query: api.TASKS, variables: {} });
  assert.equal(refused.errors[0].extensions.code, 'UNAUTHENTICATED');
});
