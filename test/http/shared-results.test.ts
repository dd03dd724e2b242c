import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { listen } from '../../src/http/server.ts';
import { createTestApp } from '../helpers/app.ts';
import { addKey } from '../helpers/keys.ts';
import { addIndex, addTask, complete, globalId, segment, validate, vectorAt } from '../helpers/tasks.ts';

interface Told {
  status: string;
  video: { thumbnailUrl: string } | null;
}

it('an event is put together once for the same document and key, and for another key with its own links', async () => {
  await using test = await createTestApp();
  const { app } = test;
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const [one, other] = [await addKey(app), await addKey(app)];
  const task = await validate(app, await addTask(app, (await addIndex(app)).id));
  const query = `subscription { told: taskUpdated(id: "${globalId('Task', task)}") { status video { thumbnailUrl } } }`;
  const begun: Promise<void>[] = [];
  const follow = async ({ key }: { key: string }) => {
    const first = Promise.withResolvers<void>();
    begun.push(first.promise);
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { apiKey: key },
      retryAttempts: 0,
    });
    const states: Told[] = [];
    for await (const { data } of client.iterate<{ told: Told }>({ query })) {
      if (data) states.push(data.told);
      first.resolve();
    }
    await client.dispose();
    return states;
  };
  const executions = async () => (await app.telemetry.metrics.eventExecutions.get()).values[0]?.value ?? 0;
  try {
    const stories = Promise.all([one, one, one, other].map(follow));
    await Promise.all(begun);
    const before = await executions();
    await complete(app, task, [segment(0, vectorAt(0))]);
    const told = await stories;
    for (const states of told)
      assert.deepEqual(
        states.map(({ status }) => status),
        ['INDEXING', 'READY'],
      );
    const links = told.map((states) => new URL(states.at(-1)?.video?.thumbnailUrl ?? '').searchParams.get('key'));
    assert.deepEqual(links, [one.id, one.id, one.id, other.id]);
    assert.equal((await executions()) - before, 2);
  } finally {
    await server.close();
  }
});
