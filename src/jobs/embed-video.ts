import type { App } from '../app.ts';
import type { EmbeddingTaskRow } from '../db/schema.ts';
import type { Modality, VideoMetadata } from '../db/values.ts';
import { noteEmbeddingTask, progressOf } from '../domain/advance-embedding-task.ts';
import { findAsset } from '../domain/assets.ts';
import { checkEmbeddable } from '../domain/check-embeddable.ts';
import { cutClips } from '../domain/clips.ts';
import { completeEmbeddingTask } from '../domain/embeddings.ts';
import type { Probe } from '../media/media.ts';
import type { JobContext } from '../queue/worker.ts';
import { cutProxy } from './cut-proxy.ts';
import { embedProxy } from './embed-proxy.ts';
import { type EmbeddingWork, runEmbeddingTaskJob } from './embedding-task-job.ts';
import { findOrMakeProxy, metadataOf, refuseBroken, refuseUnreadable, requireVideo } from './make-proxy.ts';
import { TaskFailedError } from './task-job.ts';

/** PROCESSING -> READY: checks the file, decodes it unless that was done before, and embeds what was asked for. */
export async function runEmbedVideo(app: App, { id }: { id: string }, context: JobContext): Promise<void> {
  await runEmbeddingTaskJob(app, id, context, async (work) => {
    const prepared = await app.telemetry.stage('validate', () => prepare(app, work).catch(refuseUnreadable(app, work)));
    const { signal, reportOf } = work;
    const embed = () => embedProxy(app, { ...prepared, signal, report: reportOf('embed') });
    const { segments } = await app.telemetry.stage('index', embed);
    const commit = () => app.db.transaction((tx) => completeEmbeddingTask(tx, app.queue, id, segments));
    await app.telemetry.stage('commit', commit);
  });
}

/** Checks the video, and makes or finds what its embeddings are computed from. */
async function prepare(app: App, { task, signal, reportOf }: EmbeddingWork) {
  if (!task.asset) throw new Error(`embedding task ${task.id} has no bytes`);
  const size = (await findAsset(app.db, task.asset))?.size ?? 0;
  const file = await app.storage.findAsset(task.asset, size);
  const probe = await app.telemetry.stage('probe', () => app.media.probe(file, { signal }));
  const metadata = check(app, task, probe, size);
  await app.db.statement((tx) => noteEmbeddingTask(tx, task.id, { progress: progressOf('decode', 0), metadata }));
  const source = { file, asset: task.asset, probe, checkFrames: true };
  const { proxy } = await findOrMakeProxy(app, { signal, report: reportOf('decode') }, source);
  refuseBroken(proxy, metadata);
  const whole = { startOffset: task.startOffset ?? 0, endOffset: task.endOffset ?? metadata.duration };
  return {
    folder: app.storage.proxyFolder(task.asset),
    proxy: cutProxy(proxy, whole),
    model: task.model,
    modalities: task.modalities,
    scopes: task.scopes,
    spans: cutClips(whole, task.clipLength),
    whole,
    lines: null,
    language: null,
  };
}

function check(app: App, task: EmbeddingTaskRow, probe: Probe, size: number): VideoMetadata {
  const metadata = metadataOf(task.filename, probe, requireVideo(probe), size);
  const failure = checkEmbeddable(
    { ...metadata, hasAudio: probe.audio !== null },
    {
      maxFileSize: app.env.MAX_UPLOAD_SIZE,
      endOffset: task.endOffset,
      soundFor: task.modalities.find(isHeard) ?? null,
    },
  );
  if (failure) throw new TaskFailedError(failure, metadata);
  return metadata;
}

/** Nobody gives an embedding task its words: they are recognised from the sound. */
function isHeard(modality: Modality): boolean {
  return modality === 'AUDIO' || modality === 'TRANSCRIPTION';
}
