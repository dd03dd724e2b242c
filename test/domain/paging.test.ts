import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eq, inArray } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { createId } from '../../src/db/ids.ts';
import { type TaskRow, tasks } from '../../src/db/schema.ts';
import type { TimestampOrder } from '../../src/domain/index-lists.ts';
import { decodeCursor, encodeCursor, type PageArguments, pageSize } from '../../src/domain/paging.ts';
import { listSegmentsOfVideos } from '../../src/domain/segment-lists.ts';
import { type ListedTask, listTasks, listTasksOfIndexes } from '../../src/domain/task-lists.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, segment, vectorAt } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());

const START = Date.parse('2026-01-01T00:00:00.000Z');

/** Tasks in an index of their own, oldest first, of which each three have the same times. */
async function addTasks(count: number, indexId?: string): Promise<TaskRow[]> {
  const index = indexId ?? (await addIndex(app)).id;
  const added: TaskRow[] = [];
  for (let n = 0; n < count; n += 1) {
    const { id } = await addTask(app, index);
    const createdAt = new Date(START + Math.floor(n / 3));
    const times = { createdAt, updatedAt: new Date(START - Math.floor(n / 3)) };
    const [task] = await app.db.orm.update(tasks).set(times).where(eq(tasks.id, id)).returning();
    if (task) added.push(task);
  }
  return added;
}

const NEWEST_FIRST = undefined;
const OLDEST_FIRST: TimestampOrder = { field: 'CREATED_AT', direction: 'ASC' };

async function list(
  indexId: string | undefined,
  page: PageArguments,
  order: TimestampOrder | undefined = OLDEST_FIRST,
) {
  const found = await listTasks(app.db, 'default', { filter: { indexId }, order, page });
  return { ids: found.rows.map(({ id }) => id), pages: [found.hasPreviousPage, found.hasNextPage] };
}

function ids(rows: readonly ListedTask[]): string[] {
  return rows.map(({ id }) => id);
}

function cursorOf(row: ListedTask | undefined): string {
  return row ? encodeCursor(row.createdAt, row.id) : assert.fail('no row');
}

test('all forms of the arguments, in both directions, over equal times', async () => {
  const rows = await addTasks(10);
  const index = rows[0]?.indexId;
  const all = ids(rows);
  assert.deepEqual(await list(index, {}), { ids: all, pages: [false, false] });
  assert.deepEqual(await list(index, { first: 4 }), { ids: all.slice(0, 4), pages: [false, true] });
  assert.deepEqual(await list(index, { first: 4, after: cursorOf(rows[3]) }), {
    ids: all.slice(4, 8),
    pages: [true, true],
  });
  assert.deepEqual(await list(index, { first: 4, after: cursorOf(rows[7]) }), {
    ids: all.slice(8),
    pages: [true, false],
  });
  assert.deepEqual(await list(index, { last: 4 }), { ids: all.slice(6), pages: [true, false] });
  assert.deepEqual(await list(index, { last: 4, before: cursorOf(rows[6]) }), {
    ids: all.slice(2, 6),
    pages: [true, true],
  });
  assert.deepEqual(await list(index, { last: 4, before: cursorOf(rows[2]) }), {
    ids: all.slice(0, 2),
    pages: [false, true],
  });
  const between = { after: cursorOf(rows[1]), before: cursorOf(rows[8]) };
  assert.deepEqual((await list(index, between)).ids, all.slice(2, 8));
  assert.deepEqual((await list(index, { first: 2, ...between })).ids, all.slice(2, 4));
  assert.deepEqual((await list(index, { last: 2, ...between })).ids, all.slice(6, 8));
  assert.deepEqual(await list(index, { first: 10 }), { ids: all, pages: [false, false] });
  assert.deepEqual(await list(index, { first: null, after: null, last: null, before: null }), {
    ids: all,
    pages: [false, false],
  });
  const down = all.toReversed();
  assert.deepEqual((await list(index, {}, NEWEST_FIRST)).ids.length, 10);
  const newest = { field: 'CREATED_AT', direction: 'DESC' } as const;
  assert.deepEqual((await list(index, { first: 4, after: cursorOf(rows[7]) }, newest)).ids, down.slice(3, 7));
  assert.deepEqual((await list(index, { last: 4, before: cursorOf(rows[1]) }, newest)).ids, down.slice(4, 8));
  const updated = await list(index, { first: 3 }, { field: 'UPDATED_AT', direction: 'ASC' });
  assert.deepEqual(updated.ids, [all[9], ...all.slice(6, 8)]);
});

test('newest first is what a list has when nothing is said', async () => {
  const rows = await addTasks(5);
  const options = { filter: { indexId: rows[0]?.indexId }, page: {} };
  const { rows: listed } = await listTasks(app.db, 'default', options);
  assert.deepEqual(ids(listed), ids(rows).toReversed());
});

test('walking a list visits every row once, while rows come and go', async () => {
  const rows = await addTasks(30);
  const index = rows[0]?.indexId ?? '';
  const seen: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await listTasks(app.db, 'default', {
      filter: { indexId: index },
      order: OLDEST_FIRST,
      page: { first: 7, after },
    });
    seen.push(...ids(page.rows));
    if (!page.hasNextPage) break;
    after = cursorOf(page.rows.at(-1));
    // The row of the cursor goes, and others appear before it: the place in the order stays.
    await app.db.orm.delete(tasks).where(inArray(tasks.id, seen.slice(-1)));
    const { id } = await addTask(app, index);
    await app.db.orm
      .update(tasks)
      .set({ createdAt: new Date(START - 1) })
      .where(eq(tasks.id, id));
  }
  assert.deepEqual(seen, ids(rows));
});

test('a page has 0 to 100 rows, 20 when nothing is said, and one direction', async () => {
  const rows = await addTasks(101);
  const index = rows[0]?.indexId;
  assert.equal((await list(index, {})).ids.length, 20);
  assert.deepEqual(await list(index, { first: 0 }), { ids: [], pages: [false, true] });
  assert.deepEqual(await list(index, { last: 0 }), { ids: [], pages: [true, false] });
  const hundred = await list(index, { first: 100 });
  assert.deepEqual([hundred.ids.length, hundred.pages], [100, [false, true]]);
  const fault = (page: PageArguments, message: string) => assert.rejects(list(index, page), { message });
  await fault({ first: 101 }, 'first: 101 given; allowed are 0 to 100.');
  await fault({ first: -1 }, 'first: -1 given; allowed are 0 to 100.');
  await fault({ last: 101 }, 'last: 101 given; allowed are 0 to 100.');
  await fault(
    { first: 101, last: -1 },
    'first: 101 given; allowed are 0 to 100.; last: -1 given; allowed are 0 to 100.; first: first and last are both given; use one of them.',
  );
  assert.deepEqual(pageSize({ last: 3 }), { size: 3, backward: true });
});

test('a text that is no cursor of the list is an invalid input, wherever it is damaged', async () => {
  const [row] = await addTasks(1);
  const id = row?.id ?? '';
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const time = '2026-01-01T00:00:00.000Z';
  const damaged = [
    '',
    'x',
    cursorOf(row).slice(0, -4),
    encode(null),
    encode([time]),
    encode([time, id, 1]),
    encode([time, 'rank']),
    encode([time, `${id}x`]),
    encode([5, id]),
    encode(['yesterday', id]),
    encode(['0000-01-01T00:00:00.000Z', id]),
    encode(['-000001-01-01T00:00:00.000Z', id]),
    encode(['+275760-01-01T00:00:00.000Z', id]),
    encode(['2026-13-01T00:00:00.000Z', id]),
    encode([id, id]),
  ];
  for (const cursor of damaged)
    for (const name of ['after', 'before'] as const)
      await assert.rejects(list(row?.indexId, { [name]: cursor }), (error) => {
        assert.ok(error instanceof InvalidInputError, `${cursor}: ${error}`);
        assert.deepEqual(error.issues, [{ path: [name], message: `"${cursor}" is not a cursor of this list.` }]);
        return true;
      });
  const { video } = await addVideo(app, row?.indexId ?? '', { segments: [segment(0, vectorAt(0))] });
  const ofTasks = { page: { after: cursorOf(row) }, withEmbeddings: false };
  await assert.rejects(listSegmentsOfVideos(app.db, ofTasks, [video.id]), InvalidInputError);
});

test('a cursor holds what it was made of', () => {
  const id = createId();
  assert.deepEqual(decodeCursor(encodeCursor(new Date(START), id)), ['2026-01-01T00:00:00.000Z', id]);
  assert.deepEqual(decodeCursor(encodeCursor(7, 'rank')), [7, 'rank']);
  assert.match(encodeCursor(new Date(START), id), /^[\w-]+$/);
});

test('the same page of several lists comes at once, in the order that they are asked for', async () => {
  const [first, second] = [await addTasks(5), await addTasks(2)];
  const empty = await addIndex(app);
  const indexIds = [second[0]?.indexId ?? '', empty.id, first[0]?.indexId ?? ''];
  const options = { filter: {}, order: OLDEST_FIRST };
  const pages = await listTasksOfIndexes(app.db, 'default', { ...options, page: { first: 3 } }, indexIds);
  assert.deepEqual(
    pages.map(({ rows, hasNextPage }) => [ids(rows), hasNextPage]),
    [
      [ids(second), false],
      [[], false],
      [ids(first).slice(0, 3), true],
    ],
  );
  const backward = await listTasksOfIndexes(app.db, 'default', { ...options, page: { last: 2 } }, indexIds);
  assert.deepEqual(ids(backward[2]?.rows ?? []), ids(first).slice(3));
  const one = await listTasksOfIndexes(app.db, 'default', { ...options, page: { first: 1 } }, indexIds.slice(0, 1));
  assert.deepEqual(
    one.map(({ rows }) => ids(rows)),
    [ids(second).slice(0, 1)],
  );
  assert.deepEqual(await listTasksOfIndexes(app.db, 'default', { ...options, page: {} }, []), []);
});
