import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { TaskRow } from '../../src/db/schema.ts';
import { findRun, StaleTaskError } from '../../src/domain/advance-task.ts';
import { describeFailure } from '../../src/domain/check-video.ts';
import { cancelTask } from '../../src/domain/tasks.ts';
import { failTask, runTaskJob } from '../../src/jobs/task-job.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { addIndex, addTask, step } from '../helpers/tasks.ts';

let test: TestApp;
before(async () => {
  test = await createTestApp();
});
after(() => test[Symbol.asyncDispose]());

async function newTask(): Promise<TaskRow> {
  return addTask(test.app, (await addIndex(test.app)).id);
}

const context = () => ({ signal: new AbortController().signal, log: test.app.log });

it('a step that another worker took first is tried again while the task is in the job’s states', async () => {
  const { app } = test;
  const pending = await step(app, await newTask(), 'PENDING');
  const run = runTaskJob(app, pending, ['PENDING', 'QUEUED', 'INDEXING'], context(), async ({ task }) => {
    await step(app, task, 'QUEUED');
    await step(app, task, 'QUEUED');
  });
  await assert.rejects(run, StaleTaskError);
});

it('work that was overtaken ends quietly', async () => {
  const { app } = test;
  const validated = await newTask();
  await runTaskJob(app, validated, ['VALIDATING'], context(), async ({ task }) => {
    await step(app, task, 'PENDING');
    await step(app, task, 'PENDING');
  });
  const canceled = await newTask();
  await runTaskJob(app, canceled, ['VALIDATING'], context(), async ({ task }) => {
    await app.db.transaction((tx) => cancelTask(tx, task.tenant, task.id));
    await step(app, task, 'PENDING');
  });
  assert.equal((await findRun(app.db, canceled))?.status, 'CANCELED');
});

it('work that fails because its task is canceled ends quietly, before the word of that has come', async () => {
  const { app } = test;
  const canceled = await newTask();
  await runTaskJob(app, canceled, ['VALIDATING'], context(), async ({ task }) => {
    await app.db.transaction((tx) => cancelTask(tx, task.tenant, task.id));
    throw new Error('a file is gone');
  });
  const wanted = await newTask();
  const fails = runTaskJob(app, wanted, ['VALIDATING'], context(), () => Promise.reject(new Error('a file is gone')));
  await assert.rejects(fails, /a file is gone/);
});

it('progress that is written late does not count as that of the next state', async () => {
  const { app } = test;
  const task = await newTask();
  await runTaskJob(app, task, ['VALIDATING'], context(), async ({ report }) => {
    const pending = await step(app, task, 'PENDING');
    await step(app, await step(app, pending, 'QUEUED'), 'INDEXING');
    report(0.9);
  });
  const now = await findRun(app.db, task);
  assert.deepEqual([now?.status, now?.progress], ['INDEXING', 0.65]);
});

it('a task that is canceled at the moment of its failure stays canceled or failed, without a fault', async () => {
  const { app } = test;
  for (let n = 0; n < 10; n += 1) {
    const task = await newTask();
    const [canceled] = await Promise.allSettled([
      app.db.transaction((tx) => cancelTask(tx, task.tenant, task.id)),
      failTask(app, task, { failure: describeFailure('INTERNAL', 'It failed.') }),
    ]).then(([cancel, fail]) => {
      assert.equal(fail.status, 'fulfilled');
      return [cancel.status === 'fulfilled'];
    });
    assert.equal((await findRun(app.db, task))?.status, canceled ? 'CANCELED' : 'FAILED');
  }
});
