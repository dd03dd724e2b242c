import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { count } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { indexes, stageRuns, type TaskRow } from '../../src/db/schema.ts';
import type { Stage } from '../../src/db/values.ts';
import { reportProgress } from '../../src/domain/advance-task.ts';
import { estimateCompletions, recordStageRun } from '../../src/domain/stage-speeds.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, addVideo, step, validate } from '../helpers/tasks.ts';

let opened: TestApp;
let app: App;
let indexId: string;

before(async () => {
  opened = await createTestApp();
  app = opened.app;
});
after(() => opened[Symbol.asyncDispose]());
beforeEach(async () => {
  await app.db.orm.delete(indexes);
  await app.db.orm.delete(stageRuns);
  indexId = (await addIndex(app)).id;
});

const now = new Date('2026-01-01T00:00:00.000Z');

function record(stage: Stage, media: number, wall: number): Promise<void> {
  return app.db.transaction((tx) => recordStageRun(tx, stage, media, wall));
}

/** Seconds until each of the tasks is READY. */
async function estimate(parallel: number, ...tasks: TaskRow[]): Promise<(number | undefined)[]> {
  const completions = await estimateCompletions(app.db, parallel, now);
  return tasks.map(({ id }) => {
    const at = completions.get(id);
    return at && Math.round(at.getTime() - now.getTime()) / 1000;
  });
}

/** A PENDING task of a video of these seconds: a tenth of them are its share of the whole. */
async function addPending(duration: number): Promise<TaskRow> {
  const metadata = { duration, filename: 'a', height: 480, width: 854, fps: 25, size: 1 };
  return step(app, await addTask(app, indexId), 'PENDING', { metadata });
}

test('the work that is left is that of the task and of those before it', async () => {
  await record('validate', 100, 10);
  await record('index', 100, 20);
  const [first, second] = [await addPending(100), await addPending(50)];
  assert.deepEqual(await estimate(1, first, second), [20, 30]);
  assert.deepEqual(await estimate(2, first, second), [20, 20]);
});

test('a task that is not yet probed is taken for a usual one', async () => {
  await record('validate', 50, 5);
  await record('validate', 150, 15);
  await record('index', 100, 20);
  const task = await addTask(app, indexId);
  // VALIDATING begins at 0.1, and ends at 0.6, of the whole.
  assert.deepEqual(await estimate(1, task), [28.333]);
});

test('an estimate shrinks as the work is done', async () => {
  await record('index', 100, 20);
  const indexing = await validate(app, await addTask(app, indexId), { duration: 100 });
  const seconds: number[] = [];
  for (const fraction of [0, 0.5, 1]) {
    await app.db.transaction((tx) => reportProgress(tx, indexing, 'INDEXING', fraction));
    seconds.push(...(await estimate(1, indexing)).map((value) => value ?? Number.NaN));
  }
  assert.deepEqual(seconds, [17.5, 8.75, 0]);
});

test('without a measurement a guess is made, and ended tasks have no estimate', async () => {
  const { task: ready } = await addVideo(app, indexId);
  const canceled = await step(app, await addTask(app, indexId), 'CANCELED');
  const [seconds, ...ended] = await estimate(1, await addPending(100), ready, canceled);
  assert.equal(seconds, 5);
  assert.deepEqual(ended, [undefined, undefined]);
});

test('the speed is that of the last runs, and old ones are forgotten', async () => {
  await app.db.orm
    .insert(stageRuns)
    .values(Array.from({ length: 1000 }, () => ({ stage: 'index' as const, mediaSeconds: 1, wallSeconds: 1000 })));
  for (let n = 0; n < 50; n += 1) await record('index', 10, 1);
  assert.deepEqual(await estimate(1, await addPending(100)), [10]);
  const [kept] = await app.db.orm.select({ rows: count() }).from(stageRuns);
  assert.ok(kept && kept.rows >= 500 && kept.rows < 600, `${kept?.rows}`);
});

test('runs of no length do not divide by nothing', async () => {
  await record('index', 0, 5);
  assert.deepEqual(await estimate(1, await addPending(100)), [5]);
});
