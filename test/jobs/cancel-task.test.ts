import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { segments, type TaskRow } from '../../src/db/schema.ts';
import { findRun, type TaskRun } from '../../src/domain/advance-task.ts';
import { fetchUrl, indexVideo, validateVideo } from '../../src/domain/jobs.ts';
import { cancelTask, createTask, retryTask } from '../../src/domain/tasks.ts';
import { runFetchUrl } from '../../src/jobs/fetch-url.ts';
import { runIndexVideo } from '../../src/jobs/index-video.ts';
import { runValidateVideo } from '../../src/jobs/validate-video.ts';
import { createTestApp, type TestApp } from '../helpers/app.ts';
import { makeClip } from '../helpers/clips.ts';
import { step } from '../helpers/tasks.ts';
import { createVideoIndex, TENANT, uploadFile, waitForEnd, waitForProgress } from '../helpers/uploads.ts';

type Job = typeof fetchUrl;
const RUNS = new Map([
  [fetchUrl, runFetchUrl],
  [validateVideo, runValidateVideo],
  [indexVideo, runIndexVideo],
]);

const ends = new Map<string, PromiseWithResolvers<void>>();
function endOf({ name }: Job, { id, attempt }: TaskRun): PromiseWithResolvers<void> {
  const end = ends.get(`${name} ${id} ${attempt}`) ?? Promise.withResolvers<void>();
  ends.set(`${name} ${id} ${attempt}`, end);
  return end;
}

/** Makes the app take jobs of a kind. */
async function work(job: Job): Promise<void> {
  await app.queue.work(job, 1, async (run, context) => {
    const { resolve, reject } = endOf(job, run);
    await RUNS.get(job)?.(app, run, context).then(resolve, reject);
  });
}

let test: TestApp;
let app: App;
let clip: string;
before(async () => {
  test = await createTestApp({ env: { FETCH_ALLOW_ADDRESSES: ['127.0.0.1'] } });
  app = test.app;
  clip = await makeClip({ seconds: 60, width: 1280, height: 720, scenes: 3 });
});
after(() => test[Symbol.asyncDispose]());

async function upload(): Promise<TaskRow> {
  return uploadFile(app, (await createVideoIndex(app)).id, clip);
}

async function cancel({ id }: TaskRow): Promise<TaskRow> {
  return app.db.transaction((tx) => cancelTask(tx, TENANT, id));
}

/** The ffmpeg and ffprobe processes of this one, or the cages that they are in. */
async function tools(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'ppid=,comm=']);
  return stdout
    .split('\n')
    .filter((line) => /ff(mpeg|probe)|bwrap/.test(line) && Number.parseInt(line, 10) === process.pid);
}

/** That the task is CANCELED, that nothing of its work is left, and that it becomes READY after a retry. */
async function checkCanceled(task: TaskRow): Promise<void> {
  assert.equal((await findRun(app.db, task))?.status, 'CANCELED');
  assert.deepEqual(await tools(), []);
  assert.deepEqual(await readdir(join(app.env.DATA_DIR, 'tmp')), []);
  assert.equal(await app.db.orm.$count(segments, eq(segments.indexId, task.indexId)), 0);
}

async function checkRetried(task: TaskRow): Promise<void> {
  await app.db.transaction((tx) => retryTask(tx, app.queue, TENANT, task.id));
  const { status, attempt } = await waitForEnd(app, task.id);
  assert.deepEqual([status, attempt], ['READY', task.attempt + 1]);
}

it('a task is canceled while its video is validated, also where no word of the cancel comes', async () => {
  for (const deaf of [false, true]) {
    const task = await upload();
    const events = deaf ? { ...app.events, subscribe: () => () => {} } : app.events;
    const ended = runValidateVideo({ ...app, events }, task, { signal: new AbortController().signal, log: app.log });
    await waitForProgress(app, task.id, 'VALIDATING', 0.11);
    assert.equal((await tools()).length, 1);
    await cancel(task);
    await ended;
    await checkCanceled(task);
    assert.equal(await app.storage.hasProxy(task.asset ?? ''), false);
  }
});

it('a task is canceled while it waits for its indexing, and when that is about to begin', async () => {
  await work(validateVideo);
  const [pending, queued] = [await upload(), await upload()];
  await Promise.all([pending, queued].map((task) => endOf(validateVideo, task).promise));
  await cancel(pending);
  await cancel(await step(app, { ...queued, status: 'PENDING' }, 'QUEUED'));
  await work(indexVideo);
  for (const task of [pending, queued]) {
    await endOf(indexVideo, task).promise;
    await checkCanceled(task);
    await checkRetried(task);
  }
});

it('a task is canceled while it is indexed: what runs is told, and no picture is embedded after that', async () => {
  const { visual } = app.models;
  const begun = Promise.withResolvers<AbortSignal | undefined>();
  const release = Promise.withResolvers<void>();
  let embedded = 0;
  app.models.visual = async (name) => {
    const encoder = await visual(name);
    return {
      ...encoder,
      async encodeImages(files, options) {
        begun.resolve(options?.signal);
        await release.promise;
        const vectors = await encoder.encodeImages(files, options);
        embedded += vectors.length;
        return vectors;
      },
    };
  };
  try {
    const task = await upload();
    const signal = await begun.promise;
    await cancel(task);
    if (!signal?.aborted) await once(signal ?? assert.fail('no signal is given'), 'abort');
    release.resolve();
    await endOf(indexVideo, task).promise;
    assert.equal(embedded, 0);
    await checkCanceled(task);
    await checkRetried(task);
    assert.equal(embedded, 60);
  } finally {
    app.models.visual = visual;
  }
});

it('a task is canceled while its video is downloaded', async () => {
  let held = true;
  const hungUp = Promise.withResolvers<void>();
  const remote = createServer((_, response) => {
    response.writeHead(200, { 'content-length': statSync(clip).size });
    if (!held) return createReadStream(clip).pipe(response);
    response.once('close', hungUp.resolve);
    return createReadStream(clip, { end: 100_000 }).pipe(response, { end: false });
  });
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  try {
    await work(fetchUrl);
    const url = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/clip.mp4`;
    const { id: indexId } = await createVideoIndex(app);
    const task = await app.db.transaction((tx) =>
      createTask(tx, app.queue, TENANT, { indexId, source: { url }, inputDigest: url }),
    );
    await waitForProgress(app, task.id, 'UPLOADING', 0);
    await cancel(task);
    await endOf(fetchUrl, task).promise;
    await hungUp.promise;
    await checkCanceled(task);
    held = false;
    await checkRetried(task);
  } finally {
    remote.closeAllConnections();
    remote.close();
  }
});
