import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { createClient, type TaskStatus } from '../../src/client/client.ts';
import { followTask } from '../../src/client/follow-task.ts';
import { openTransport } from '../../src/client/transport.ts';
import { serve } from './serve.ts';

/* What waiting makes of a server that ends streams early, refuses them, or does not answer: ours is hard to bring to it. */

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const forever = new AbortController().signal;

/** A reading of the task. */
function reading(status: TaskStatus) {
  const at = '2026-01-01T00:00:00.000Z';
  return { id: 'a', status, attempt: 1, progress: 0, history: [{ status, at }], createdAt: at, updatedAt: at };
}

/** A server whose subscription gives `streamed` and ends, and whose answers to polls are `polled`, one after another. */
async function serveTask(streamed: readonly (TaskStatus | Error)[], polled: readonly (TaskStatus | null)[]) {
  const answers = [...polled];
  const target = await serve((_, response) => {
    const status = answers.shift() ?? null;
    response.end(JSON.stringify({ data: { task: status && reading(status) } }));
  });
  const taskUpdated = async function* () {
    for (const each of streamed) {
      if (each instanceof Error) throw each;
      yield { taskUpdated: reading(each) };
    }
  };
  const sockets = new WebSocketServer({ server: target.server, path: '/graphql' });
  const served = useServer({ schema, roots: { subscription: { taskUpdated } } }, sockets);
  return {
    url: target.url,
    async [Symbol.asyncDispose]() {
      await served.dispose();
      await target[Symbol.asyncDispose]();
    },
  };
}

/** The statuses that are told of the task. */
async function follow(url: string): Promise<TaskStatus[]> {
  const told: TaskStatus[] = [];
  for await (const { status } of followTask(openTransport({ url }), 'a', forever)) told.push(status);
  return told;
}

test('a stream that ends before the task does is gone on with by polling', async () => {
  await using server = await serveTask(['VALIDATING', 'INDEXING'], ['INDEXING', 'READY']);
  assert.deepEqual(await follow(server.url), ['VALIDATING', 'INDEXING', 'INDEXING', 'READY']);
});

test('that a task is gone is believed when an answer says so', async () => {
  await using server = await serveTask(['INDEXING'], [null]);
  const missing = { name: 'OperationFailedError', code: 'NOT_FOUND' };
  await assert.rejects(createClient({ url: server.url }).waitForTask('a'), missing);
});

test('a subscription that is refused for now is no end; one that is refused for good is', async () => {
  const refusal = (code: string) => new GraphQLError('Refused.', { extensions: { code } });
  await using full = await serveTask([refusal('LIMIT_EXCEEDED')], ['READY']);
  assert.deepEqual(await follow(full.url), ['READY']);
  await using closed = await serveTask([refusal('FORBIDDEN')], ['READY']);
  await assert.rejects(follow(closed.url), { name: 'RequestFailedError', codes: ['FORBIDDEN'] });
});

const speechless: [what: string, answer: RequestListener, reason: RegExp][] = [
  ['never answers', () => {}, /^No answer from .* for 0\.2 s$/],
  ['answers with a fault', (_, response) => response.writeHead(502).end(), /status 502/],
];
for (const [what, answer, message] of speechless) {
  test(`a server that ${what} is given up after a while`, { timeout: 9000 }, async () => {
    await using target = await serve(answer);
    target.server.on('upgrade', (_, socket) => socket.destroy());
    const readings = followTask(openTransport({ url: target.url }), 'a', forever, 200);
    await assert.rejects(readings.next(), { name: 'ServerUnreachableError', message });
  });
}
