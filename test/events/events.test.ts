import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import postgres from 'postgres';
import type { Database } from '../../src/db/client.ts';
import { openPostgres } from '../../src/db/postgres.ts';
import { createEvents, type Events, type Hint } from '../../src/events/events.ts';
import { emitChange } from '../../src/events/topics.ts';
import { createTestDatabase } from '../helpers/database.ts';

const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });
/** So that no test sees a hint that the backstop gave. */
const NEVER = { backstop: 2 ** 30 };

type TaskHint = Hint<'task:changed'>;

async function openTest() {
  const { database, url, remove } = await createTestDatabase();
  const closers: (() => Promise<void>)[] = [remove];
  return {
    database,
    url: url ?? '',
    async startEvents(on: Database = database, options: { backstop?: number } = NEVER): Promise<Events> {
      const events = createEvents(on, log, options);
      closers.unshift(() => events.stop());
      await events.start();
      return events;
    },
    /** Another process's database object on Postgres; PGlite bears one process, and here is its object again. */
    openAgain(through = url): Database {
      if (through === undefined) return database;
      const again = openPostgres({ url: through });
      closers.splice(-1, 0, () => again.close());
      return again;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers) await close();
    },
  };
}

async function announce(database: Database, ...taskIds: string[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const taskId of taskIds) emitChange(tx, 'task:changed', { taskId, indexId: 'i' });
  });
}

/** Subscribes, and waits for hints. */
function watch(events: Events) {
  const hints: TaskHint[] = [];
  const added = new EventTarget();
  const stop = events.subscribe('task:changed', (hint) => {
    hints.push(hint);
    added.dispatchEvent(new Event('added'));
  });
  const until = async (condition: () => boolean) => {
    while (!condition()) await once(added, 'added');
  };
  return {
    hints,
    stop,
    until,
    ids: () => hints.map((hint) => (hint === 'missed' ? hint : hint.taskId)),
    hears: (id: string) => until(() => hints.some((hint) => hint !== 'missed' && hint.taskId === id)),
    misses: (times = 1) => until(() => hints.filter((hint) => hint === 'missed').length >= times),
  };
}

/** The database, with the payloads of its NOTIFYs noted. */
function noteNotifications(database: Database): { noted: Database; payloads: string[] } {
  const payloads: string[] = [];
  const notify = (channel: string, payload: string) => {
    payloads.push(payload);
    return database.notify(channel, payload);
  };
  return { noted: { ...database, notify }, payloads };
}

test('subscribers of every process hear of what committed, and of nothing else', async () => {
  await using opened = await openTest();
  const here = watch(await opened.startEvents());
  const there = watch(await opened.startEvents(opened.openAgain()));
  const failing = opened.database.transaction(async (tx) => {
    emitChange(tx, 'task:changed', { taskId: 'never', indexId: 'i' });
    throw new Error('on purpose');
  });
  await assert.rejects(failing, { message: 'on purpose' });
  await announce(opened.database, 'a', 'b');
  for (const watching of [here, there]) {
    await watching.hears('b');
    assert.deepEqual(watching.hints, [
      { taskId: 'a', indexId: 'i' },
      { taskId: 'b', indexId: 'i' },
    ]);
  }
});

test('changes of many transactions go in one NOTIFY, and the same change once', async () => {
  await using opened = await openTest();
  const { noted, payloads } = noteNotifications(opened.database);
  const watching = watch(await opened.startEvents(noted));
  const many = Array.from({ length: 40 }, (_, n) => (n === 1 ? 'b' : 'a'));
  await Promise.all(many.map((id) => announce(opened.database, id)));
  await Promise.all([watching.hears('a'), watching.hears('b')]);
  // What comes after all of them is in the last NOTIFY, or in one behind it.
  await announce(opened.database, 'end');
  await watching.hears('end');
  assert.ok(payloads.length < many.length, `${payloads.length} NOTIFYs`);
  const before = payloads.length;
  await announce(opened.database, 'c', 'c', 'd', 'c');
  await watching.hears('d');
  assert.deepEqual(payloads.slice(before), [
    JSON.stringify([
      { topic: 'task:changed', ids: ['c', 'i'] },
      { topic: 'task:changed', ids: ['d', 'i'] },
    ]),
  ]);
});

test('thousands of changes are divided into payloads that Postgres takes, and all arrive in order', async () => {
  await using opened = await openTest();
  const { noted, payloads } = noteNotifications(opened.database);
  const watching = watch(await opened.startEvents(noted));
  const ids = Array.from({ length: 5000 }, (_, n) => `${n} Größe 幅 😀`);
  await announce(opened.database, ...ids);
  await watching.hears(ids.at(-1) ?? '');
  assert.deepEqual(watching.ids(), ids);
  const sizes = payloads.map((payload) => Buffer.byteLength(payload));
  assert.ok(Math.max(...sizes) < 8000, `${Math.max(...sizes)} bytes`);
  assert.ok(Math.min(...sizes.slice(0, -1)) > 7000, `${Math.min(...sizes)} bytes`);
});

test('an unsubscribed receiver hears nothing more, and its fellow does', async () => {
  await using opened = await openTest();
  const events = await opened.startEvents();
  const heard: string[] = [];
  const receive = (hint: TaskHint) => heard.push(hint === 'missed' ? hint : hint.taskId);
  const stops = [events.subscribe('task:changed', receive), events.subscribe('task:changed', receive)];
  const other = watch(events);
  await announce(opened.database, 'a');
  await other.hears('a');
  assert.deepEqual(heard, ['a', 'a']);
  stops[0]?.();
  stops[0]?.();
  await announce(opened.database, 'b');
  await other.hears('b');
  assert.deepEqual(heard, ['a', 'a', 'b']);
  stops[1]?.();
  await announce(opened.database, 'c');
  await other.hears('c');
  assert.deepEqual(heard, ['a', 'a', 'b']);
});

test('a receiver that throws does not keep the others from hearing', async () => {
  await using opened = await openTest();
  const events = await opened.startEvents();
  events.subscribe('task:changed', () => {
    throw new Error('on purpose');
  });
  const watching = watch(events);
  await announce(opened.database, 'a');
  await watching.hears('a');
});

test('whoever subscribed before the start, and whoever waits for the backstop, is told to look', async () => {
  await using opened = await openTest();
  const early = createEvents(opened.database, log, { backstop: 20 });
  const watching = watch(early);
  await early.start();
  assert.deepEqual(watching.hints, ['missed']);
  await watching.misses(3);
  await early.stop();
  const heard = watching.hints.length;
  await opened.database.ping();
  assert.equal(watching.hints.length, heard);
});

test('stop sends what is waiting, and payloads that it does not know do no harm', async () => {
  await using opened = await openTest();
  const watching = watch(await opened.startEvents());
  const events = await opened.startEvents(opened.openAgain());
  const unknown = [
    { topic: 'task:changed', ids: ['too few'] },
    { topic: 'moon:landed', ids: ['x', 'y'] },
    { topic: 'toString', ids: [] },
  ];
  await opened.database.notify('reelgraph', JSON.stringify(unknown));
  for (const payload of ['', 'junk', '{}', '[null]']) await opened.database.notify('reelgraph', payload);
  await announce(opened.database, 'a');
  await events.stop();
  await watching.hears('a');
  assert.deepEqual(watching.ids(), [...Array.from({ length: 4 }, () => 'missed'), 'a']);
});

if (process.env.TEST_DATABASE_URL) {
  /** Forwards to the server of a URL until it is cut; then refuses until it is mended. */
  async function openProxy(url: string) {
    const target = new URL(url);
    const port = Number(target.port);
    const sockets = new Set<Socket>();
    const refusals = new EventTarget();
    let cut = false;
    const server = createServer((socket) => {
      if (cut) {
        socket.resetAndDestroy();
        refusals.dispatchEvent(new Event('refused'));
        return;
      }
      const upstream = connect(port, target.hostname);
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on('error', () => {});
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    target.port = String(typeof address === 'object' ? address?.port : '');
    return {
      url: target.href,
      async cut(refused: number) {
        cut = true;
        for (const socket of sockets) socket.destroy();
        for (let n = 0; n < refused; n += 1) await once(refusals, 'refused');
      },
      mend() {
        cut = false;
      },
      async close() {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  }

  test('a listener whose connection is ended says so when it listens again, and hears what follows', async () => {
    await using opened = await openTest();
    const listening = opened.openAgain();
    const events = await opened.startEvents(listening);
    const watching = watch(events);
    const admin = postgres(opened.url, { max: 1 });
    try {
      const ended = await admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'`;
      assert.equal(ended.length, 1);
    } finally {
      await admin.end();
    }
    await watching.misses();
    await announce(opened.database, 'unheard, as nobody announces it');
    await announce(listening, 'a');
    await watching.hears('a');
    await events.stop();
    await listening.notify('reelgraph', JSON.stringify([{ topic: 'task:changed', ids: ['b', 'i'] }]));
    await listening.notify('reelgraph', JSON.stringify([{ topic: 'task:changed', ids: ['c', 'i'] }]));
    assert.deepEqual(watching.ids(), ['missed', 'a']);
  });

  test('a listener comes back after a server that was away for several tries', async () => {
    await using opened = await openTest();
    const proxy = await openProxy(opened.url);
    const listening = openPostgres({ url: proxy.url });
    const events = createEvents(listening, log, NEVER);
    await opened.startEvents();
    try {
      await events.start();
      const watching = watch(events);
      await proxy.cut(3);
      proxy.mend();
      await watching.misses();
      await announce(opened.database, 'a');
      await watching.hears('a');
    } finally {
      await events.stop();
      await listening.close();
      await proxy.close();
    }
  });
}
