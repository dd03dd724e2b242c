import assert from 'node:assert/strict';
import { appendFile, chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import type { App } from '../../src/app.ts';
import type { EmbeddingTaskRow, TaskRow } from '../../src/db/schema.ts';
import { createIndex } from '../../src/domain/indexes.ts';
import { countTasks, type ListedTask, listTasks } from '../../src/domain/task-lists.ts';
import { TERMINAL_STATUSES } from '../../src/domain/task-states.ts';
import { createTask } from '../../src/domain/tasks.ts';
import { listen } from '../../src/http/server.ts';
import { startWorkers } from '../../src/jobs/start-workers.ts';
import { createMedia } from '../../src/media/media.ts';
import { createTestApp } from '../helpers/app.ts';
import { makeClip } from '../helpers/clips.ts';
import { embedFile, waitForEmbedding } from '../helpers/embedding-tasks.ts';

const AT_ONCE = 2;
const MANY = 100;
const DISTINCT = 12;
const EMBEDDED = 6;

/** An ffmpeg that notes when it begins and ends to decode. */
async function countDecodes(app: App): Promise<() => Promise<number[]>> {
  const [program, log] = [join(app.env.DATA_DIR, 'ffmpeg'), join(app.env.DATA_DIR, 'decodes')];
  const { path } = app.media.tools.ffmpeg;
  await writeFile(
    program,
    `#!/bin/sh
case "$*" in *-progress*) ;; *) exec ${path} "$@" ;; esac
echo 1 >> ${log}
${path} "$@"
code=$?
echo -1 >> ${log}
exit $code`,
  );
  await chmod(program, 0o700);
  await appendFile(log, '');
  app.media = await createMedia({
    ffmpegPath: program,
    ffprobePath: app.media.tools.ffprobe.path,
    decodes: app.env.WORKER_CONCURRENCY,
  });
  return async () => (await readFile(log, 'utf8')).trim().split('\n').map(Number);
}

/** One clip with something behind it that players skip: other bytes, another asset. */
async function variants(count: number): Promise<Buffer[]> {
  const clip = await readFile(await makeClip({ seconds: 2, width: 64, height: 64, audio: false }));
  return Array.from({ length: count }, (_, n) => {
    const skipped = Buffer.alloc(12);
    skipped.writeUInt32BE(12);
    skipped.write('free', 4);
    skipped.writeUInt32BE(n, 8);
    return Buffer.concat([clip, skipped]);
  });
}

async function createLenientIndex(app: App, tenant: string) {
  const validation = { minDuration: 0, minHeight: 1, requireAudio: false };
  const models = await app.models.list();
  return app.db.transaction((tx) => createIndex(tx, tenant, models, { name: 'many', validation }));
}

async function add(app: App, tenant: string, indexId: string, bytes: Buffer): Promise<TaskRow> {
  const received = await app.storage.receiveAsset(Readable.from([bytes]));
  return app.db.transaction(async (tx) => {
    const source = { asset: received, filename: 'clip.mp4' };
    const task = await createTask(tx, app.queue, tenant, { indexId, source, inputDigest: received.sha256 });
    await received.commit();
    return task;
  });
}

const countEnded = (app: App, tenant: string) => countTasks(app.db, tenant, { status: TERMINAL_STATUSES });

/** The tenant's tasks, once so many of them have ended. */
async function ended(app: App, tenant: string, count: number): Promise<ListedTask[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = async () => {
    if ((await countEnded(app, tenant)) >= count) resolve();
  };
  const unsubscribe = app.events.subscribe('task:changed', () => look().catch(reject));
  await promise.finally(unsubscribe);
  return (await listTasks(app.db, tenant, { filter: {}, page: { first: 100 } })).rows;
}

/** Asks the server for tasks, whenever one changes and the last question is answered. */
function askAtChanges(app: App, url: string) {
  let count = 0;
  let asked = Promise.resolve();
  let isAsking = false;
  const ask = async () => {
    isAsking = true;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ tasks(first: 5) { totalCount edges { node { status } } } }' }),
    });
    assert.equal(response.status, 200);
    assert.ok(!('errors' in ((await response.json()) as object)));
    count += 1;
    isAsking = false;
  };
  const unsubscribe = app.events.subscribe('task:changed', () => {
    if (!isAsking) asked = asked.then(ask);
  });
  return {
    /** How many questions were answered; rejects when one was not. */
    async stop(): Promise<number> {
      unsubscribe();
      await asked;
      return count;
    },
  };
}

it('many tasks at once keep to their bounds, leave others their turn, and let the server answer', async () => {
  await using test = await createTestApp({ env: { WORKER_CONCURRENCY: AT_ONCE } });
  const { app } = test;
  const decodes = await countDecodes(app);
  const clips = await variants(DISTINCT + EMBEDDED);
  const [one, other] = [await createLenientIndex(app, 'one'), await createLenientIndex(app, 'other')];
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  try {
    for (let n = 0; n < MANY; n += 1) await add(app, 'one', one.id, clips[n % DISTINCT] ?? assert.fail());
    const embeddings: Promise<EmbeddingTaskRow>[] = [];
    for (const clip of clips.slice(DISTINCT)) {
      const file = join(app.env.DATA_DIR, `${embeddings.length}.mp4`);
      await writeFile(file, clip);
      embeddings.push(waitForEmbedding(app, (await embedFile(app, file)).id));
    }
    const asking = askAtChanges(app, server.url);
    const all = ended(app, 'one', MANY);
    const some = ended(app, 'one', 5);
    await startWorkers(app);
    await some;
    const lateOnes = ended(app, 'other', 1);
    const before = await countEnded(app, 'one');
    await add(app, 'other', other.id, clips[0] ?? assert.fail());
    const [late] = await lateOnes;
    const passed = (await countEnded(app, 'one')) - before;
    assert.ok(passed <= 10, `${passed} of ${MANY} were done before the late one`);
    const rows = [...(await all), ...(await Promise.all(embeddings)), late];
    assert.ok((await asking.stop()) > 10);
    assert.deepEqual(new Set(rows.map((row) => row?.status)), new Set(['READY']));
    let [now, most] = [0, 0];
    for (const change of await decodes()) {
      now += change;
      most = Math.max(most, now);
    }
    assert.equal(now, 0);
    assert.ok(most <= AT_ONCE, `${most} at once`);
    assert.deepEqual(await readdir(join(app.env.DATA_DIR, 'tmp')), []);
  } finally {
    await server.close();
  }
});
