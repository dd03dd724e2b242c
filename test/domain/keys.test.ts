import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { includesRole } from '../../src/domain/callers.ts';
import {
  createFirstKey,
  createKey,
  findValidKeys,
  hashKey,
  hasKeys,
  isKey,
  listKeys,
  revokeKey,
} from '../../src/domain/keys.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { addKey } from '../helpers/keys.ts';

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.remove());

it('the first key is made once, however many ask for it at once, and never again', async () => {
  const { database: db } = test;
  assert.equal(await hasKeys(db), false);
  const create = () => db.transaction((tx) => createFirstKey(tx, { name: 'first' }));
  const made = (await Promise.all([create(), create(), create()])).filter((result) => result !== undefined);
  assert.equal(made.length, 1);
  await db.transaction((tx) => revokeKey(tx, made[0]?.view.id ?? ''));
  assert.equal(await hasKeys(db), true, 'a revoked key is one, too');
  assert.equal(await create(), undefined);
  assert.deepEqual(await findValidKeys(db), []);
});

describe('a key', () => {
  it('is stored by its hash, and shown by its beginning', async () => {
    const { database: db } = test;
    const { key, view } = await db.transaction((tx) => createKey(tx, { name: ' mine ' }));
    assert.ok(isKey(key));
    assert.deepEqual(
      { ...view, id: '', createdAt: '' },
      {
        id: '',
        createdAt: '',
        tenant: 'default',
        name: 'mine',
        role: 'admin',
        prefix: key.slice(0, 11),
        revokedAt: null,
      },
    );
    const [row] = (await findValidKeys(db)).filter(({ id }) => id === view.id);
    assert.equal(row?.sha256, hashKey(key));
    assert.ok(!JSON.stringify([await listKeys(db), row]).includes(key.slice(11)));
  });

  it('with faults is refused, and all of them are told', async () => {
    const { database: db } = test;
    const create = (input: { name: string; tenant?: string; role?: string }) =>
      db.transaction((tx) => createKey(tx, input));
    await assert.rejects(create({ name: '', tenant: '../x', role: 'root' }), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.deepEqual(
        error.issues.map(({ path }) => path.join()),
        ['name', 'tenant', 'role'],
      );
      return true;
    });
    for (const tenant of ['', 'a b', 'ü', '.', '-a', 'a/b', 'x'.repeat(65)])
      await assert.rejects(create({ name: 'x', tenant }), InvalidInputError, tenant);
    for (const tenant of ['a', '0', 'Acme-1.eu_west', 'x'.repeat(64)]) await create({ name: 'x', tenant });
  });

  it('is revoked by its id, its beginning, or itself; a second time changes nothing', async () => {
    const { database: db } = test;
    const revoke = (named: string) => db.transaction((tx) => revokeKey(tx, named));
    for (const way of ['id', 'prefix', 'key'] as const) {
      const key = await addKey({ db });
      const { id, revokedAt } = await revoke(key[way]);
      assert.equal(id, key.id);
      assert.deepEqual((await revoke(key.id)).revokedAt, revokedAt);
      assert.equal(
        (await findValidKeys(db)).some((row) => row.id === key.id),
        false,
      );
    }
  });

  it('that is not there, or not the only one, is not revoked', async () => {
    const { database: db } = test;
    const revoke = (named: string) => db.transaction((tx) => revokeKey(tx, named));
    const { id } = await addKey({ db });
    await assert.rejects(revoke('01a00000-0000-7000-8000-000000000000'), NotFoundError);
    await assert.rejects(revoke('rg_????????'), NotFoundError);
    for (const vague of ['', 'rg_', 'rg_%', 'test', 'rg_abcdefghijkl'])
      await assert.rejects(revoke(vague), InvalidInputError);
    const twins = [await addKey({ db }), await addKey({ db })];
    await db.orm.execute(
      `update api_keys set prefix = 'rg_twintwin' where id in ('${twins[0]?.id}', '${twins[1]?.id}')`,
    );
    await assert.rejects(revoke('rg_twin'), ConflictError);
    assert.ok((await findValidKeys(db)).some((row) => row.id === id));
  });

  it('is told of after the commit: when it is made, and when it ends', async () => {
    const { database: db } = test;
    const told: string[] = [];
    db.onCommit((changes) => told.push(...changes.map(({ topic, ids }) => `${topic} ${ids}`)));
    const { id } = await addKey({ db });
    await db.transaction((tx) => revokeKey(tx, id));
    await db.transaction((tx) => revokeKey(tx, id));
    assert.deepEqual(told, [`key:changed ${id}`, `key:changed ${id}`]);
  });
});

it('a role includes those below it', () => {
  const roles = ['read', 'write', 'admin'] as const;
  const table = roles.map((role) => roles.map((needed) => includesRole(role, needed)));
  assert.deepEqual(table, [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
