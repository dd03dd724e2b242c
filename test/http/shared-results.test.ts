import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExecutionResult, GraphQLError, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { schema } from '../../src/graphql/schema.ts';
import { listen } from '../../src/http/server.ts';
import { createSharedResults } from '../../src/http/shared-results.ts';
import { createTestApp } from '../helpers/app.ts';
import { addKey } from '../helpers/keys.ts';
import { addIndex, addTask, complete, globalId, segment, validate, vectorAt } from '../helpers/tasks.ts';

const DOCUMENT = parse('subscription { tasksUpdated(indexId: "1") { id } }');
const CALLER = { tenant: 'default', role: 'admin', keyId: 'one' };
const CONTEXT = { caller: CALLER, origin: 'http://localhost', linkKey: { id: 'one', sha256: '' } };
const ARGUMENTS = {
  schema,
  document: DOCUMENT,
  operationName: null,
  variableValues: { id: '1' },
  contextValue: CONTEXT,
};

/** Puts one event together for two subscriptions, and tells how often that was done. */
async function countExecutions(other: object, result: ExecutionResult = { data: {} }): Promise<number> {
  let executions = 0;
  const share = createSharedResults(async () => {
    executions += 1;
    return result;
  });
  const row = {};
  const subscriptions = [ARGUMENTS, { ...ARGUMENTS, ...other }].map(share);
  assert.deepEqual(await Promise.all(subscriptions.map((resultOf) => resultOf(row))), [result, result]);
  return executions;
}

describe('a result', () => {
  it('is shared by subscriptions that are alike in all', async () => {
    assert.equal(await countExecutions({}), 1);
  });

  const differences: Record<string, object> = {
    document: { document: parse('subscription { tasksUpdated(indexId: "1") { status } }') },
    operation: { operationName: 'other' },
    variables: { variableValues: { id: '2' } },
    tenant: { contextValue: { ...CONTEXT, caller: { ...CALLER, tenant: 'stranger' } } },
    role: { contextValue: { ...CONTEXT, caller: { ...CALLER, role: 'read' } } },
    key: { contextValue: { ...CONTEXT, caller: { ...CALLER, keyId: 'two' } } },
    origin: { contextValue: { ...CONTEXT, origin: 'http://elsewhere' } },
    'key of links': { contextValue: { ...CONTEXT, linkKey: { id: 'two', sha256: '' } } },
  };
  for (const [name, difference] of Object.entries(differences))
    it(`is not shared with another ${name}`, async () => {
      assert.equal(await countExecutions(difference), 2);
    });

  it("with errors is nobody else's", async () => {
    assert.equal(await countExecutions({}, { errors: [new GraphQLError('a fault')] }), 2);
  });
});

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
