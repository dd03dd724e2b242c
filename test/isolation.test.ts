import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse, validate } from 'graphql';
import { findTasks } from '../src/domain/tasks.ts';
import { schema } from '../src/graphql/schema.ts';
import { type HttpServer, listen } from '../src/http/server.ts';
import { createTestApp, type TestApp } from './helpers/app.ts';
import {
  attack,
  createTransports,
  documentOf,
  idPlaces,
  leaksIn,
  ROOT_FIELDS,
  UNLIMITED_DOCUMENTS,
  valueAt,
} from './helpers/isolation.ts';
import { CASES, CREATIONS } from './helpers/isolation-cases.ts';
import { addKey } from './helpers/keys.ts';
import { step } from './helpers/tasks.ts';
import { addThings, idsOf, OWNER, STRANGER, snapshot, type Things } from './helpers/two-tenants.ts';

let test: TestApp;
let server: HttpServer;
let owner: { things: Things; absent: Things; ids: string[] };
let own: Things;
let whole: Awaited<ReturnType<typeof snapshot>>;
let keys: { owner: string; stranger: string };
let stranger: ReturnType<typeof createTransports>;
before(async () => {
  test = await createTestApp({ env: UNLIMITED_DOCUMENTS });
  server = await listen(test.app, { host: '127.0.0.1', port: 0 });
  const theirs = await addThings(test.app, OWNER);
  own = (await addThings(test.app, STRANGER)).things;
  whole = await snapshot(test.app, OWNER);
  owner = { ...theirs, ids: idsOf(whole) };
  keys = {
    owner: (await addKey(test.app, OWNER)).key,
    stranger: (await addKey(test.app, STRANGER)).key,
  };
  stranger = createTransports(server.url, keys.stranger);
});
after(async () => {
  await stranger.close();
  await server.close();
  await test[Symbol.asyncDispose]();
});

describe('the cases', () => {
  it('have every operation of the schema', () => {
    assert.deepEqual(ROOT_FIELDS.map(({ field }) => field.name).sort(), Object.keys(CASES).sort());
  });

  it('are documents that the schema takes', () => {
    for (const root of ROOT_FIELDS) assert.deepEqual(validate(schema, parse(documentOf(root))), [], root.field.name);
  });

  it('give an id wherever one is taken', () => {
    for (const { field } of ROOT_FIELDS)
      for (const place of idPlaces(field)) {
        const cases = CASES[field.name]?.(owner.things, own) ?? [];
        assert.ok(
          cases.some((given) => valueAt(given, place) !== undefined),
          `${field.name}: ${place}`,
        );
      }
  });

  it('find what they look for where it may be found', async () => {
    const itself = createTransports(server.url, keys.owner);
    for (const root of ROOT_FIELDS) {
      if (root.operation === 'mutation' || root.field.name === 'models') continue;
      const { leaks } = await attack(itself, root, owner, own);
      assert.ok(leaks.length > 0, root.field.name);
    }
    await itself.close();
  });
});

describe("with another tenant's ids", () => {
  for (const root of ROOT_FIELDS)
    it(`${root.field.name} answers as if there were no such thing`, async () => {
      const { leaks, differences } = await attack(stranger, root, owner, own);
      assert.deepEqual({ leaks, differences }, { leaks: [], differences: [] });
    });
});

it('nothing of the other tenant has changed by that', async () => {
  assert.ok(owner.ids.length > 10);
  assert.deepEqual(await snapshot(test.app, OWNER), whole);
});

describe('what another tenant has made', () => {
  for (const [name, casesOf] of Object.entries(CREATIONS))
    it(`is in nobody's way at ${name}: names and client tokens are each tenant's own`, async () => {
      const root = ROOT_FIELDS.find(({ field }) => field.name === name);
      assert.ok(root);
      const document = documentOf(root);
      const itself = createTransports(server.url, keys.owner);
      const theirs = await itself.http(document, casesOf(owner.things));
      const answer = await stranger.http(document, casesOf({ ...owner.things, index: own.index }));
      await itself.close();
      const type = name.replace('create', '');
      const { __typename: made, [`${type}_id`]: id } = JSON.parse(answer).data[name];
      assert.equal(made, type, answer);
      assert.notEqual(id, JSON.parse(theirs).data[name][`${type}_id`]);
      // The name of an index is what was given.
      assert.deepEqual(leaksIn(answer.replaceAll(OWNER.word, ''), owner.ids), []);
    });

  it('is told to nobody else who watches', async () => {
    const watched = ROOT_FIELDS.find(({ field }) => field.name === 'tasksUpdated');
    assert.ok(watched);
    const events = stranger.watch(documentOf(watched), { indexId: own.index });
    const answers: string[] = [];
    const hear = async () => answers.push(JSON.stringify((await events.next()).value));
    // Its tasks as they are, then what becomes of one of them after something has become of the owner's.
    for (let n = 0; n < 4; n += 1) await hear();
    await cancel(OWNER.tenant, owner.things.runningTask);
    await cancel(STRANGER.tenant, own.runningTask);
    await hear();
    assert.match(answers[4] ?? '', /"Task_status":"CANCELED"/);
    assert.deepEqual(leaksIn(answers.join(), owner.ids), []);
    await events.return?.();
  });

  for (const [kind, content] of [
    ['thumbnail', OWNER.word],
    ['file', `OggS${OWNER.word}`],
  ] as const)
    it(`has a ${kind} that nobody else gets`, async () => {
      const ask = async (path: string, key: string) => {
        const answer = await fetch(server.url + path, { headers: { 'x-api-key': key } });
        return { status: answer.status, body: await answer.text() };
      };
      assert.deepEqual(await ask(owner.things[kind], keys.owner), { status: 200, body: content });
      const refused = await ask(owner.things[kind], keys.stranger);
      assert.equal(refused.status, 404);
      assert.deepEqual(refused, await ask(owner.absent[kind], keys.stranger));
    });
});

async function cancel(tenant: string, taskId: string): Promise<void> {
  const id = Buffer.from(taskId, 'base64').toString().split(':')[1] ?? '';
  const [task] = await findTasks(test.app.db, tenant, [id]);
  assert.ok(task);
  await step(test.app, task, 'CANCELED');
}
