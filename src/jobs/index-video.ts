import type { App } from '../app.ts';
import type { Transaction } from '../db/client.ts';
import type { TaskRow } from '../db/schema.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { cutSegments } from '../domain/clips.ts';
import { findIndex } from '../domain/indexes.ts';
import { completeTask } from '../domain/segments.ts';
import { recordStageRun } from '../domain/stage-speeds.ts';
import { findTranscript } from '../domain/transcripts.ts';
import { readProxy } from '../media/media.ts';
import type { JobContext } from '../queue/worker.ts';
import { embedProxy } from './embed-proxy.ts';
import { runTaskJob } from './task-job.ts';

/** PENDING -> QUEUED -> INDEXING -> READY: embeds what the proxy holds; the video itself is not read again. */
export async function runIndexVideo(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['PENDING', 'QUEUED', 'INDEXING'], context, async ({ task, signal, report }) => {
    const started = performance.now();
    if (task.status === 'PENDING') await app.db.statement((tx) => advance(tx, run, 'PENDING', 'QUEUED'));
    const prepared = await prepare(app, task);
    if (task.status !== 'INDEXING') await app.db.statement((tx) => advance(tx, run, 'QUEUED', 'INDEXING'));
    const embedded = await app.telemetry.stage('index', () => embedProxy(app, { ...prepared, signal, report }));
    const commit = async (tx: Transaction) => {
      const thumbnail = prepared.proxy.frames[0]?.file ?? null;
      await completeTask(tx, run, { index: prepared, thumbnail, ...embedded });
      await recordStageRun(tx, 'index', prepared.whole.endOffset, (performance.now() - started) / 1000);
    };
    await app.telemetry.stage('commit', () => app.db.transaction(commit));
  });
}

/** Everything that the work needs and that may be missing: the index, the proxy. */
async function prepare(app: App, task: TaskRow) {
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.asset) throw new Error(`task ${task.id} has no bytes or no index`);
  const folder = app.storage.proxyFolder(task.asset);
  const proxy = await readProxy(folder);
  const duration = task.metadata?.duration ?? proxy.duration;
  const transcript = await findTranscript(app.db, task.id);
  return {
    folder,
    proxy,
    model: index.model,
    modalities: index.modalities,
    scopes: ['CLIP', 'VIDEO'] as const,
    spans: cutSegments(duration, index),
    whole: { startOffset: 0, endOffset: duration },
    lines: transcript?.lines ?? null,
    language: task.language,
  };
}
