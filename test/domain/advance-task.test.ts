import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import type { Change } from '../../src/db/client.ts';
import { createId } from '../../src/db/ids.ts';
import { type TaskRow, tasks } from '../../src/db/schema.ts';
import { TASK_STATUSES, type TaskFailure, type TaskStatus } from '../../src/db/values.ts';
import {
  advance,
  findRun,
  reportProgress,
  StaleTaskError,
  type TaskChanges,
  type TaskRun,
} from '../../src/domain/advance-task.ts';
import { listTransitions } from '../../src/domain/task-lists.ts';
import { mayStep } from '../../src/domain/task-states.ts';
import { createTask } from '../../src/domain/tasks.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let indexId: string;
const emitted: Change[] = [];

before(async () => {
  opened = await createTestApp();
  app = opened.app;
  indexId = (await addIndex(app)).id;
  app.db.onCommit((changes) => emitted.push(...changes));
});
after(() => opened[Symbol.asyncDispose]());

const failure: TaskFailure = { code: 'BROKEN_VIDEO_FILE', message: 'broken', actual: 'a', allowed: 'b' };
const FORWARD: TaskStatus[] = ['UPLOADING', 'VALIDATING', 'PENDING', 'QUEUED', 'INDEXING', 'READY'];

function go(run: TaskRun, from: TaskStatus, to: TaskStatus, changes: TaskChanges = {}): Promise<TaskRow> {
  return app.db.transaction((tx) => advance(tx, run, from, to, { ...(to === 'FAILED' && { failure }), ...changes }));
}

async function addTaskIn(status: TaskStatus): Promise<TaskRow> {
  const input = { indexId, source: { url: 'http://127.0.0.1/clip.mp4' }, inputDigest: randomUUID() };
  let task = await app.db.transaction((tx) => createTask(tx, app.queue, 'default', input));
  const path = FORWARD.includes(status) ? FORWARD.slice(1, FORWARD.indexOf(status) + 1) : [status];
  for (const to of path) task = await go(task, task.status, to);
  return task;
}

async function read(task: { id: string }): Promise<TaskRow | undefined> {
  const [row] = await app.db.orm.select().from(tasks).where(eq(tasks.id, task.id));
  return row;
}

for (const from of TASK_STATUSES)
  test(`of the steps from ${from} the allowed ones are taken, and the others refused without a trace`, async () => {
    for (const to of TASK_STATUSES) {
      const task = await addTaskIn(from);
      if (!mayStep(from, to)) {
        await assert.rejects(go(task, from, to), { message: `a task cannot go from ${from} to ${to}` });
        assert.deepEqual(await read(task), task);
        continue;
      }
      const next = await go(task, from, to);
      const again = from === 'FAILED' || from === 'CANCELED';
      assert.deepEqual(await read(task), next);
      assert.equal(next.status, to);
      assert.equal(next.version, task.version + 1);
      assert.equal(next.attempt, task.attempt + (again ? 1 : 0));
      assert.deepEqual(next.failure, to === 'FAILED' ? failure : null);
      assert.ok(again || next.progress >= task.progress, `${task.progress} to ${next.progress}`);
      const history = await listTransitions(app.db, [task.id]);
      assert.deepEqual(history.at(-1), {
        taskId: task.id,
        version: next.version,
        attempt: next.attempt,
        status: to,
        progress: next.progress,
        failure: next.failure,
        at: next.updatedAt,
      });
    }
  });

test('versions count up by one, and times grow, in the history of a task that has seen everything', async () => {
  const task = await addTaskIn('UPLOADING');
  const path: TaskStatus[] = ['FAILED', 'UPLOADING', 'CANCELED', 'UPLOADING', ...FORWARD.slice(1)];
  // In one transaction, so that the steps lie less than a millisecond apart.
  await app.db.transaction(async (tx) => {
    let at = task;
    for (const to of path) at = await advance(tx, at, at.status, to, to === 'FAILED' ? { failure } : {});
  });
  const history = await listTransitions(app.db, [task.id]);
  assert.deepEqual(
    history.map(({ status }) => status),
    ['UPLOADING', ...path],
  );
  assert.deepEqual(
    history.map(({ version }) => version),
    history.map((_, n) => n + 1),
  );
  assert.deepEqual(
    history.map(({ attempt }) => attempt),
    [1, 1, 2, 2, 3, 3, 3, 3, 3, 3],
  );
  for (const [n, { at }] of history.entries()) {
    const former = history[n - 1]?.at.getTime() ?? 0;
    assert.ok(at.getTime() > former, `${at.toISOString()} is not after ${former}`);
  }
  const later = await listTransitions(app.db, [task.id], 7);
  assert.deepEqual(later, history.slice(7));
});

test('progress never decreases within an attempt, and begins anew with the next one', async () => {
  const task = await addTaskIn('VALIDATING');
  const report = (fraction: number) =>
    app.db.transaction((tx) => reportProgress(tx, task, 'VALIDATING', fraction)).then(() => read(task));
  const seen = [];
  for (const fraction of [0.5, 0.2, 0.9, 0, 7]) seen.push((await report(fraction))?.progress ?? 0);
  assert.deepEqual(seen, seen.toSorted());
  assert.equal(seen[0], seen[1]);
  assert.ok((seen[2] ?? 0) > (seen[1] ?? 0));
  const canceled = await go(task, 'VALIDATING', 'CANCELED');
  assert.equal(canceled.progress, seen.at(-1));
  const again = await go(task, 'CANCELED', 'UPLOADING');
  assert.equal(again.progress, 0);
});

test('a progress report moves neither version nor history, and is announced', async () => {
  const task = await addTaskIn('INDEXING');
  const history = await listTransitions(app.db, [task.id]);
  emitted.length = 0;
  await app.db.transaction((tx) => reportProgress(tx, task, 'INDEXING', 0.5));
  const reported = await read(task);
  assert.deepEqual({ ...reported, progress: task.progress }, task);
  assert.deepEqual(await listTransitions(app.db, [task.id]), history);
  assert.deepEqual(emitted, [{ topic: 'task:changed', ids: [task.id, indexId] }]);
  const next = await go(task, 'INDEXING', 'FAILED');
  assert.equal(next.progress, reported?.progress);
});

test('steps and reports of a run that was overtaken are stale', async () => {
  const task = await addTaskIn('VALIDATING');
  const stale = (run: TaskRun, from: TaskStatus, to: TaskStatus) =>
    assert.rejects(
      go(run, from, to),
      (error) =>
        error instanceof StaleTaskError && error.message === `task ${run.id}, attempt ${run.attempt}, is not ${from}`,
    );
  await stale({ ...task, attempt: 2 }, 'VALIDATING', 'PENDING');
  await stale(task, 'PENDING', 'QUEUED');
  await stale({ id: createId(), attempt: 1 }, 'VALIDATING', 'PENDING');
  for (const [run, status] of [
    [{ ...task, attempt: 2 }, 'VALIDATING'],
    [task, 'INDEXING'],
    [{ id: createId(), attempt: 1 }, 'VALIDATING'],
  ] as const)
    await assert.rejects(
      app.db.transaction((tx) => reportProgress(tx, run, status, 0.5)),
      StaleTaskError,
    );
  assert.deepEqual(await read(task), task);
  assert.deepEqual(await findRun(app.db, task), task);
  assert.equal(await findRun(app.db, { ...task, attempt: 2 }), undefined);
});

test('of many that take the same step at the same time, one succeeds', async () => {
  const task = await addTaskIn('PENDING');
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => go(task, 'PENDING', 'QUEUED')));
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 19);
  for (const { reason } of refused) assert.ok(reason instanceof StaleTaskError, reason);
  assert.equal((await listTransitions(app.db, [task.id])).length, task.version + 1);
});

test('metadata and bytes that a step brings are kept by the steps that follow', async () => {
  const task = await addTaskIn('UPLOADING');
  const asset = { sha256: 'a'.repeat(64), size: 5 };
  const validating = await go(task, 'UPLOADING', 'VALIDATING', { asset });
  assert.equal(validating.asset, asset.sha256);
  const metadata = { duration: 20, filename: 'clip.mp4', height: 480, width: 854, fps: null, size: 5 };
  const pending = await go(task, 'VALIDATING', 'PENDING', { metadata });
  assert.deepEqual(pending.metadata, metadata);
  const queued = await go(task, 'PENDING', 'QUEUED');
  assert.deepEqual([queued.metadata, queued.asset], [metadata, asset.sha256]);
});

test('FAILED goes with a failure and no other state does', async () => {
  const task = await addTaskIn('VALIDATING');
  const step = (to: TaskStatus, changes: TaskChanges) =>
    app.db.transaction((tx) => advance(tx, task, 'VALIDATING', to, changes));
  await assert.rejects(step('FAILED', {}));
  await assert.rejects(step('PENDING', { failure }));
  assert.deepEqual(await read(task), task);
});
