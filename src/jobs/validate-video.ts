import type { App } from '../app.ts';
import type { TaskRow } from '../db/schema.ts';
import type { TaskFailure, VideoMetadata } from '../db/values.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { findAsset } from '../domain/assets.ts';
import { checkSize, checkVideo, describeFailure } from '../domain/check-video.ts';
import { findIndex } from '../domain/indexes.ts';
import { indexVideo } from '../domain/jobs.ts';
import { recordStageRun } from '../domain/stage-speeds.ts';
import { type MediaProxy, MediaTimeoutError, type Probe, readProxy, UnreadableMediaError } from '../media/media.ts';
import type { JobContext } from '../queue/worker.ts';
import { runTaskJob, TaskFailedError, type TaskWork } from './task-job.ts';

/** VALIDATING -> PENDING: checks the file against the index's policy, and leaves its proxy beside it. */
export async function runValidateVideo(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['VALIDATING'], context, async (work) => {
    const started = performance.now();
    const { metadata, decoded } = await validate(app, work).catch(refuseUnreadable);
    await app.db.transaction(async (tx) => {
      const task = await advance(tx, run, 'VALIDATING', 'PENDING', { metadata });
      if (decoded) await recordStageRun(tx, 'validate', metadata.duration, (performance.now() - started) / 1000);
      await app.queue.enqueue(tx, indexVideo, task);
    });
  });
}

async function validate(app: App, work: TaskWork): Promise<{ metadata: VideoMetadata; decoded: boolean }> {
  const { task, signal } = work;
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.asset) throw new Error(`task ${task.id} has no bytes or no index`);
  const policy = index.validation;
  const file = app.storage.assetPath(task.asset);
  const size = (await findAsset(app.db, task.asset))?.size ?? 0;
  refuse(checkSize(size, policy));
  const probe = await app.media.probe(file, { signal });
  const { video } = probe;
  if (!video)
    throw new TaskFailedError(
      describeFailure('BROKEN_VIDEO_FILE', 'The file has no video track.', 'no video track', 'a video track'),
    );
  const metadata = metadataOf(task, probe, video, size);
  refuse(checkVideo({ ...metadata, hasAudio: probe.audio !== null }, policy), metadata);
  const { proxy, made } = await findOrMakeProxy(app, work, {
    file,
    asset: task.asset,
    probe,
    checkFrames: policy.rejectBrokenFrames,
  });
  if (policy.rejectBrokenFrames && proxy.verdict.broken) {
    const reason = proxy.verdict.reason ?? 'broken frames';
    const allowed = 'no broken or missing frames';
    refuse(describeFailure('BROKEN_VIDEO_FILE', `The video is damaged: ${reason}.`, reason, allowed), metadata);
  }
  return { metadata, decoded: made };
}

function refuse(failure: TaskFailure | undefined, metadata?: VideoMetadata): void {
  if (failure) throw new TaskFailedError(failure, metadata);
}

function refuseUnreadable(error: unknown): never {
  if (error instanceof UnreadableMediaError)
    throw new TaskFailedError(
      describeFailure('BROKEN_VIDEO_FILE', `${error.message}.`, error.message, 'a readable video file'),
    );
  if (error instanceof MediaTimeoutError)
    throw new TaskFailedError(
      describeFailure(
        'BROKEN_VIDEO_FILE',
        `The video cannot be decoded: ${error.message}.`,
        error.message,
        'a video that decodes',
      ),
    );
  throw error;
}

/** An asset is decoded once, however often it is uploaded: again only to check frames that nobody has checked. */
async function findOrMakeProxy(
  app: App,
  work: TaskWork,
  source: Source,
): Promise<{ proxy: MediaProxy; made: boolean }> {
  if (await app.storage.hasProxy(source.asset)) {
    const proxy = await readProxy(app.storage.proxyFolder(source.asset)).catch(() => undefined);
    if (proxy && (proxy.verdict.checked || !source.checkFrames)) return { proxy, made: false };
  }
  return { proxy: await makeProxy(app, work, source), made: true };
}

interface Source {
  file: string;
  asset: string;
  probe: Probe;
  checkFrames: boolean;
}

async function makeProxy(app: App, { signal, report }: TaskWork, source: Source): Promise<MediaProxy> {
  const folder = await app.storage.createWorkFolder();
  try {
    const proxy = await app.media.decode(source.file, source.probe, {
      folder: folder.path,
      checkFrames: source.checkFrames,
      signal,
      onProgress: (seconds) => report(seconds / source.probe.duration),
    });
    await folder.commitProxy(source.asset);
    return proxy;
  } finally {
    await folder.remove();
  }
}

function metadataOf(task: TaskRow, probe: Probe, video: NonNullable<Probe['video']>, size: number): VideoMetadata {
  const { width, height, fps } = video;
  return { duration: probe.duration, filename: task.filename, width, height, fps, size };
}
