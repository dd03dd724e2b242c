import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import type { Change, Database } from '../../src/db/client.ts';
import { isOutage, isUniqueViolation } from '../../src/db/faults.ts';
import { createId } from '../../src/db/ids.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { assets, segments } from '../../src/db/schema.ts';
import { createPostgresDatabase, createTestDatabase } from '../helpers/database.ts';

async function openTest() {
  const { database, url, remove } = await createTestDatabase();
  return { database, url, [Symbol.asyncDispose]: remove };
}

async function countAssets(database: Database): Promise<number> {
  return database.orm.$count(assets);
}

/** The changes that are delivered from now on, and how many assets could be seen when the last ones were. */
function receiveChanges(database: Database) {
  const received: Change[][] = [];
  let visible: Promise<number> | undefined;
  database.onCommit((changes) => {
    received.push(changes);
    visible = countAssets(database);
  });
  return { received, visible: () => visible };
}

test('the first statement of a connection sends and reads values as Drizzle has written them, outside of transactions too', async () => {
  await using opened = await openTest();
  const given = { json: JSON.stringify({ side: 'north' }), time: '2026-01-31 12:00:00+00' };
  const [row] = await opened.database.orm
    .select({
      same: sql`${given.json}::jsonb @> '{"side":"north"}'`,
      time: sql`${given.time}::timestamptz at time zone 'UTC'`,
    })
    .from(sql`(values (1)) as one`);
  assert.deepEqual(row, { same: true, time: '2026-01-31 12:00:00' });
});

test('changes are delivered after the commit, in order, to every receiver', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const { received, visible } = receiveChanges(database);
  database.onCommit((changes) => received.push(changes));
  const result = await database.transaction(async (tx) => {
    tx.emit({ topic: 'a', ids: ['1'] });
    await tx.orm.insert(assets).values({ sha256: 'x', size: 1 });
    tx.emit({ topic: 'b', ids: ['2'] });
    assert.deepEqual(received, []);
    return 'done';
  });
  const changes = [
    { topic: 'a', ids: ['1'] },
    { topic: 'b', ids: ['2'] },
  ];
  assert.equal(result, 'done');
  assert.deepEqual(received, [changes, changes]);
  assert.equal(await visible(), 1);
});

test('a rolled back transaction leaves neither rows nor changes', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const received: Change[][] = [];
  database.onCommit((changes) => received.push(changes));
  const failing = database.transaction(async (tx) => {
    tx.emit({ topic: 'a', ids: ['1'] });
    await tx.orm.insert(assets).values({ sha256: 'x', size: 1 });
    throw new Error('on purpose');
  });
  await assert.rejects(failing, { message: 'on purpose' });
  await database.transaction(async () => {});
  assert.deepEqual(received, []);
  assert.equal(await countAssets(database), 0);
});

test('a single statement commits by itself, then its changes are delivered, and none of one that failed', async () => {
  await using opened = await openTest();
  const { database } = opened;
  const { received, visible } = receiveChanges(database);
  const add = () =>
    database.statement(async (tx) => {
      tx.emit({ topic: 'a', ids: ['1'] });
      await tx.orm.insert(assets).values({ sha256: 'x', size: 1 });
      return 'done';
    });
  assert.equal(await add(), 'done');
  assert.equal(await visible(), 1);
  await assert.rejects(add(), isUniqueViolation);
  assert.deepEqual(received, [[{ topic: 'a', ids: ['1'] }]]);
  assert.deepEqual(database.countTransactions(), { waiting: 0, running: 0 });
});

test('migrating again changes nothing', async () => {
  await using opened = await openTest();
  await opened.database.transaction((tx) => tx.orm.insert(assets).values({ sha256: 'x', size: 1 }));
  await opened.database.migrate();
  assert.equal(await countAssets(opened.database), 1);
  await opened.database.ping();
});

test('a unique violation is told apart from other faults', async () => {
  await using opened = await openTest();
  const insert = (sha256: string | null) =>
    opened.database.transaction((tx) => tx.orm.insert(assets).values({ sha256: sha256 as string, size: 1 }));
  await insert('x');
  const caught = async (work: Promise<unknown>) =>
    work.then(
      () => assert.fail('nothing was thrown'),
      (error: unknown) => error,
    );
  assert.equal(isUniqueViolation(await caught(insert('x'))), true);
  assert.equal(isUniqueViolation(await caught(insert(null))), false);
  assert.equal(isUniqueViolation(new Error('23505')), false);
  assert.equal(isUniqueViolation('23505'), false);
});

test('halfvec columns give back what was stored, to half precision', async () => {
  await using opened = await openTest();
  const { orm } = opened.database;
  const vector = Float32Array.from([0.5, -0.25, 0, 1, 1e-3, -6e-5]);
  const [row] = await orm
    .select({ stored: sql`${sql.param(vector, segments.embedding)}::halfvec`.mapWith(segments.embedding) })
    .from(sql`(select 1) as one`);
  const stored = row?.stored;
  assert.ok(stored instanceof Float32Array);
  assert.deepEqual(stored.slice(0, 4), vector.slice(0, 4));
  stored.forEach((value, n) => {
    assert.ok(Math.abs(value - (vector[n] ?? 0)) <= Math.abs(value) * 2 ** -10, `${value} for ${vector[n]}`);
  });
});

test('sizes beyond 32 bits and instants to the millisecond are stored as they are', async () => {
  await using opened = await openTest();
  const { orm } = opened.database;
  await orm
    .insert(assets)
    .values({ sha256: createId(), size: 2 ** 40, createdAt: new Date('2026-01-31T12:00:00.123Z') });
  const [asset] = await orm
    .select()
    .from(assets)
    .where(eq(assets.size, 2 ** 40));
  assert.equal(asset?.createdAt.toISOString(), '2026-01-31T12:00:00.123Z');
});

if (process.env.TEST_DATABASE_URL) {
  const server = process.env.TEST_DATABASE_URL;

  test('several processes may migrate at once', async () => {
    const { url, drop } = await createPostgresDatabase(server);
    const databases = Array.from({ length: 4 }, () => openPostgres({ url, connections: 1 }));
    try {
      await Promise.all(databases.map((database) => database.migrate()));
      for (const database of databases) assert.equal(await countAssets(database), 0);
    } finally {
      await Promise.all(databases.map((database) => database.close()));
      await drop();
    }
  });

  test('a second statement where one was to come is refused, and the connection serves the next one', async () => {
    await using opened = await openTest();
    const database = openPostgres({ url: opened.url ?? '', connections: 1 });
    try {
      const one = { sha256: 'a'.repeat(64), size: 1 };
      const two = database.statement(async ({ orm }) => {
        await orm.insert(assets).values(one);
        await orm.insert(assets).values({ ...one, sha256: 'b'.repeat(64) });
      });
      await assert.rejects(two, ({ cause }: Error) => /^More statements came/.test(String((cause as Error).message)));
      assert.equal(await countAssets(database), 1);
    } finally {
      await database.close();
    }
  });

  test('a database that is not there is an error, not a wait', async () => {
    const url = new URL(server);
    url.pathname = '/reelgraph_nowhere';
    const database = openPostgres({ url: url.href });
    try {
      await assert.rejects(database.ping());
      await assert.rejects(database.migrate(), { message: 'database "reelgraph_nowhere" does not exist' });
    } finally {
      await database.close();
    }
  });
}

if (process.env.TEST_DATABASE_URL) {
  /** Cuts the connections of a database that are within a transaction, or all of them. */
  async function cut(url: string, state: 'idle in transaction' | '%'): Promise<void> {
    const admin = postgres(url, { max: 1 });
    try {
      await admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state like ${state}`;
    } finally {
      await admin.end();
    }
  }

  test('a connection that is lost in a transaction ends that one, and nothing else', async () => {
    await using opened = await openTest();
    const { database, url = '' } = opened;
    for (let n = 0; n < 12; n += 1) {
      const failing = database.transaction(async (tx) => {
        await tx.orm.insert(assets).values({ sha256: 'x', size: 1 });
        await cut(url, 'idle in transaction');
        // Whoever does not heed the fault goes on.
        await tx.orm
          .insert(assets)
          .values({ sha256: 'y', size: 1 })
          .catch(() => {});
        await tx.orm.insert(assets).values({ sha256: 'z', size: 1 });
      });
      await assert.rejects(failing, (error) => isOutage(error));
    }
    assert.equal(await countAssets(database), 0);
  });

  test('what comes again is prepared, so much of it, and is planned for what it is given', async () => {
    await using opened = await openTest();
    const { database } = opened;
    const prepared = sql<string>`statement`;
    await database.transaction(async (tx) => {
      for (const size of [1, 2, 3]) await tx.orm.$count(assets, eq(assets.size, size));
      await tx.orm.insert(assets).values({ sha256: 'x', size: 4 });
      assert.equal(await tx.orm.$count(assets, eq(assets.size, 4)), 1);
      for (const size of [4, 5])
        await tx.orm.$count(assets, sql`size = ${sql.raw(String(size))} and ${size} = ${size}`);
      const rows = await tx.orm
        .select({ prepared })
        .from(sql`pg_prepared_statements`)
        .where(sql`statement like '%assets%'`);
      assert.deepEqual(
        rows.map((row) => row.prepared),
        ['select count(*) as count from "assets" where "assets"."size" = $1;'],
      );
      const [mode] = await tx.orm
        .select({ setting: sql<string>`setting` })
        .from(sql`pg_settings`)
        .where(sql`name = 'plan_cache_mode'`);
      assert.equal(mode?.setting, 'force_custom_plan');
    });
  });

  test('what reads is repeated until the server answers, and other faults are thrown', async () => {
    await using opened = await openTest();
    let tries = 0;
    const counted = opened.database.steadily(async () => {
      tries += 1;
      if (tries < 3) await cut(opened.url ?? '', '%');
      return countAssets(opened.database);
    });
    assert.equal(await counted, 0);
    await assert.rejects(
      opened.database.steadily(async () => assert.fail('on purpose')),
      { message: 'on purpose' },
    );
  });

  test('a transaction whose failed statement was not heeded is no success', async () => {
    await using opened = await openTest();
    const failing = opened.database.transaction(async (tx) => {
      await tx.orm.insert(assets).values({ sha256: 'x', size: 1 });
      await tx.orm
        .insert(assets)
        .values({ sha256: 'x', size: 1 })
        .catch(() => {});
    });
    await assert.rejects(failing, /was rolled back/);
    assert.equal(await countAssets(opened.database), 0);
  });
}

if (!process.env.TEST_DATABASE_URL)
  test('the embedded database gives way to others between statements in a row', async () => {
    await using opened = await openTest();
    const { orm } = opened.database;
    const count = sql<number>`count(*)`;
    let isOver = false;
    let turns = 0;
    const takeTurn = () => {
      turns += 1;
      if (!isOver) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    const statements = Array.from({ length: 20 }, () => orm.select({ count }).from(sql`generate_series(1, 100000)`));
    await Promise.all(statements);
    isOver = true;
    assert.ok(turns > 10, `${turns} turns`);
  });

test('faults of the connection are told apart from those of a statement', () => {
  const caused = (fault: object) => new Error('failed', { cause: Object.assign(new Error('…'), fault) });
  for (const fault of [{ code: '57P01' }, { code: '08006' }, { code: 'ECONNREFUSED' }, { code: 'CONNECTION_CLOSED' }])
    assert.equal(isOutage(caused(fault)), true);
  for (const fault of [{ code: '23505' }, { code: '57014' }, {}]) assert.equal(isOutage(caused(fault)), false);
});
