import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Client, createClient, type Task } from '../../src/client/client.ts';
import { runCli, startServer, type TestServer } from '../cli/processes.ts';
import { makeClip } from '../helpers/clips.ts';
import { startProxy } from '../helpers/proxy.ts';
import { startSilentServer } from '../helpers/silent-server.ts';

/* Against a server process that wants a key. */

let server: TestServer;
let apiKey: string;
let client: Client;
let indexId: string;
let clip: string;
before(async () => {
  server = await startServer();
  apiKey = (await runCli(['keys', 'create', 'script'], server.settings)).stdout.trim();
  client = createClient({ url: server.url, apiKey });
  indexId = (await client.createIndex({ name: 'films', modalities: ['VISUAL'] })).id;
  clip = await makeClip({ scenes: 3 });
});
after(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

/** Waits for a task, and holds what was told of it against its history. */
async function wait(asking: Client, id: string, onUpdate: (task: Task) => void = () => {}): Promise<Task[]> {
  const told: Task[] = [];
  const ready = await asking.waitForTask(id, {
    onUpdate(task) {
      told.push(task);
      onUpdate(task);
    },
  });
  assert.equal(ready.status, 'READY');
  assert.equal(ready.video.metadata.duration, 16);
  const entered = told.filter(({ history }, at) => history.length !== told[at - 1]?.history.length);
  assert.deepEqual(
    entered.map(({ status, updatedAt: at }) => ({ status, at })),
    ready.history,
  );
  const progress = told.map((task) => task.progress);
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  );
  return told;
}

test('a file becomes READY, and every state of it is told once and in order', async () => {
  const sent: number[] = [];
  const task = await client.uploadTask(
    { indexId, videoFile: clip, userMetadata: { shelf: 7 } },
    { onProgress: (bytes, total) => sent.push(bytes / total) },
  );
  assert.equal(sent.at(-1), 1);
  const told = await wait(client, task.id);
  assert.deepEqual(told.at(-1)?.video?.userMetadata, { shelf: 7 });
  // One that has ended is told of all the same.
  assert.deepEqual((await wait(client, task.id)).length, told.at(-1)?.history.length);
});

for (const sockets of ['refused', 'held'] as const) {
  test(`where WebSockets are ${sockets}, it polls, also over answers that are lost`, async () => {
    await using proxy = await startProxy(server.url);
    proxy.sockets = sockets;
    await using through = createClient({ url: proxy.url, apiKey });
    const { id } = await through.uploadTask({ indexId, videoFile: await openAsBlob(clip) });
    proxy.losesAnswers = 2;
    await wait(through, id);
    assert.ok(proxy.requests >= 4, 'the upload, two lost answers, and one that came');
  });
}

test('a connection that is lost in the middle loses no state', async () => {
  await using proxy = await startProxy(server.url);
  await using through = createClient({ url: proxy.url, apiKey });
  const { id } = await through.uploadTask({ indexId, videoFile: clip });
  await wait(through, id, ({ status }) => status === 'VALIDATING' && proxy.cutSockets());
  assert.equal(proxy.requests, 1, 'it has subscribed again, not polled');
});

test('an upload whose answer was lost is sent again, and is one task', async () => {
  await using proxy = await startProxy(server.url);
  proxy.losesAnswers = 1;
  await using through = createClient({ url: proxy.url, apiKey });
  const filter = { filename: 'once.mp4' };
  const videoFile = new File([await openAsBlob(clip)], filter.filename);
  const { id } = await through.uploadTask({ indexId, videoFile });
  assert.equal(proxy.requests, 2);
  assert.deepEqual(
    (await Array.fromAsync(client.tasks({ filter }))).map((task) => task.id),
    [id],
  );
  await wait(client, id);
});

test('a broken rule is an error with the code, the actual and the allowed value', async () => {
  const { id } = await client.uploadTask({ indexId, videoFile: await makeClip({ seconds: 3 }) });
  await assert.rejects(client.waitForTask(id), {
    name: 'TaskFailedError',
    taskId: id,
    code: 'VIDEO_DURATION_TOO_SHORT',
    message: /\w/,
    actual: /^3/,
    allowed: /15/,
  });
});

test('what takes too long, is canceled or interrupted ends the wait with an error of its own', async () => {
  await using silent = await startSilentServer();
  const { id } = await client.uploadTask({ indexId, videoUrl: silent.url });
  await assert.rejects(client.waitForTask(id, { timeout: 3_000 }), {
    name: 'TaskTimeoutError',
    message: `The task ${id} is still UPLOADING after 3 s.`,
    status: 'UPLOADING',
  });
  const enough = new AbortController();
  const waiting = client.waitForTask(id, { signal: enough.signal, onUpdate: () => enough.abort(new Error('enough')) });
  await assert.rejects(waiting, { message: 'enough' });
  // Longer than a timer can be.
  for (const timeout of [2 ** 31, Infinity]) {
    const leaving = createClient({ url: server.url, apiKey });
    const left = leaving.waitForTask(id, { timeout, onUpdate: () => void leaving.close() });
    await assert.rejects(left, { name: 'ClientClosedError' });
  }
  const cancel = 'mutation ($id: ID!) { cancelTask(id: $id) { __typename } }';
  const onUpdate = () => void client.request(cancel, { id });
  await assert.rejects(client.waitForTask(id, { onUpdate }), { name: 'TaskCanceledError', taskId: id });
});

test('what is refused, or is not there, is told as such', async () => {
  const unknown = (type: string) => Buffer.from(`${type}:00000000-0000-7000-8000-000000000000`).toString('base64');
  const missing = { name: 'OperationFailedError', type: 'NotFoundError', code: 'NOT_FOUND' };
  await assert.rejects(client.waitForTask(unknown('Task')), missing);
  await assert.rejects(client.uploadTask({ indexId: unknown('Index'), videoFile: clip }), missing);
  await assert.rejects(client.uploadTask({ indexId, videoFile: 'nowhere.mp4' }), {
    name: 'FileUnreadableError',
    message: 'There is no file nowhere.mp4.',
  });
  await using stranger = createClient({ url: server.url, apiKey: 'rg_wrong' });
  const refused = { name: 'RequestFailedError', codes: ['UNAUTHENTICATED'] };
  await assert.rejects(stranger.waitForTask(unknown('Task')), refused);
  await assert.rejects(stranger.search({ indexIds: [indexId], text: 'cat' }), refused);
});
