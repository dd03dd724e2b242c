import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Database } from '../../src/db/client.ts';
import { createSharedFinder } from '../../src/graphql/shared-loader.ts';

/** Rows as they are kept: a tenant's own of each id. A faulty tenant's statement fails. */
function createFinder() {
  const asked: [tenant: string, ids: readonly string[]][] = [];
  const find = createSharedFinder(async (_: Database, tenant, ids) => {
    asked.push([tenant, ids]);
    if (tenant === 'faulty') throw new Error('no answer');
    return ids.filter((id) => id !== 'absent').map((id) => ({ id, tenant }));
  });
  const db = {} as Database;
  return { asked, find: (tenant: string, id: string) => find(db, tenant, id) };
}

it('those who ask in one turn get one object of one statement, those who ask later another one', async () => {
  const { asked, find } = createFinder();
  const [one, two, absent] = await Promise.all([find('a', '1'), find('a', '1'), find('a', 'absent')]);
  assert.deepEqual(one, { id: '1', tenant: 'a' });
  assert.equal(one, two);
  assert.equal(absent, undefined);
  assert.notEqual(await find('a', '1'), one);
  assert.deepEqual(asked, [
    ['a', ['1', 'absent']],
    ['a', ['1']],
  ]);
});

it('a tenant gets its own row of an id, and no fault of another one', async () => {
  const { find } = createFinder();
  const [a, b, faulty] = await Promise.allSettled([find('a', '1'), find('b', '1'), find('faulty', '1')]);
  assert.deepEqual(a, { status: 'fulfilled', value: { id: '1', tenant: 'a' } });
  assert.deepEqual(b, { status: 'fulfilled', value: { id: '1', tenant: 'b' } });
  assert.equal(faulty.status, 'rejected');
});

it('more keys than one statement takes are divided', async () => {
  const { asked, find } = createFinder();
  const ids = Array.from({ length: 2_500 }, (_, n) => String(n));
  const rows = await Promise.all(ids.map((id) => find('a', id)));
  assert.deepEqual(
    rows.map((row) => row?.id),
    ids,
  );
  assert.deepEqual(
    asked.map(([, part]) => part.length),
    [1000, 1000, 500],
  );
});
