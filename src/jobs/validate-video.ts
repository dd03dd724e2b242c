import type { App } from '../app.ts';
import type { TaskFailure, VideoMetadata } from '../db/values.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { findAsset } from '../domain/assets.ts';
import { checkSize, checkVideo } from '../domain/check-video.ts';
import { findIndex } from '../domain/indexes.ts';
import { queueTask } from '../domain/queue-task.ts';
import { recordStageRun } from '../domain/stage-speeds.ts';
import type { JobContext } from '../queue/worker.ts';
import { findOrMakeProxy, metadataOf, refuseBroken, refuseUnreadable, requireVideo } from './make-proxy.ts';
import { readTranscription } from './read-transcription.ts';
import { runTaskJob, TaskFailedError, type TaskWork } from './task-job.ts';

/** VALIDATING -> PENDING: checks the file against the index's policy, and leaves its proxy beside it. */
export async function runValidateVideo(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['VALIDATING'], context, async (work) => {
    const started = performance.now();
    const { metadata, decoded } = await app.telemetry.stage('validate', () =>
      validate(app, work).catch(refuseUnreadable(app, work)),
    );
    await app.db.transaction(async (tx) => {
      const task = await advance(tx, run, 'VALIDATING', 'PENDING', { metadata });
      if (decoded) await recordStageRun(tx, 'validate', metadata.duration, (performance.now() - started) / 1000);
      await queueTask(tx, app.queue, task);
    });
  });
}

async function validate(app: App, work: TaskWork): Promise<{ metadata: VideoMetadata; decoded: boolean }> {
  const { task, signal } = work;
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.asset) throw new Error(`task ${task.id} has no bytes or no index`);
  const policy = index.validation;
  const size = (await findAsset(app.db, task.asset))?.size ?? 0;
  refuse(checkSize(size, policy));
  const file = await app.storage.findAsset(task.asset, size);
  const probe = await app.telemetry.stage('probe', () => app.media.probe(file, { signal }));
  const metadata = metadataOf(task.filename, probe, requireVideo(probe), size);
  refuse(checkVideo({ ...metadata, hasAudio: probe.audio !== null }, policy), metadata);
  await readTranscription(app, work, metadata);
  const { proxy, made } = await findOrMakeProxy(app, work, {
    file,
    asset: task.asset,
    probe,
    checkFrames: policy.rejectBrokenFrames,
  });
  if (policy.rejectBrokenFrames) refuseBroken(proxy, metadata);
  return { metadata, decoded: made };
}

function refuse(failure: TaskFailure | undefined, metadata?: VideoMetadata): void {
  if (failure) throw new TaskFailedError(failure, metadata);
}
