import { join } from 'node:path';
import type { App } from '../app.ts';
import type { IndexRow, TaskRow } from '../db/schema.ts';
import { advance, type TaskRun } from '../domain/advance-task.ts';
import { findIndex } from '../domain/indexes.ts';
import { completeTask, cutSegments, type NewSegment, type Span } from '../domain/segments.ts';
import { recordStageRun } from '../domain/stage-speeds.ts';
import { type ProxyFrame, readProxy } from '../media/media.ts';
import type { JobContext } from '../queue/worker.ts';
import { averageVector } from './average-vector.ts';
import { runTaskJob, type TaskWork } from './task-job.ts';

/** PENDING -> QUEUED -> INDEXING -> READY: embeds what the proxy holds; the video itself is not read again. */
export async function runIndexVideo(app: App, run: TaskRun, context: JobContext): Promise<void> {
  await runTaskJob(app, run, ['PENDING', 'QUEUED', 'INDEXING'], context, async (work) => {
    const started = performance.now();
    if (work.task.status === 'PENDING') await app.db.transaction((tx) => advance(tx, run, 'PENDING', 'QUEUED'));
    const prepared = await prepare(app, work.task);
    if (work.task.status !== 'INDEXING') await app.db.transaction((tx) => advance(tx, run, 'QUEUED', 'INDEXING'));
    const segments = await embedPictures(prepared, work);
    await app.db.transaction(async (tx) => {
      await completeTask(tx, run, { thumbnail: prepared.frames[0]?.file ?? null, segments });
      await recordStageRun(tx, 'index', prepared.duration, (performance.now() - started) / 1000);
    });
  });
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Everything that the work needs and that may be missing: the proxy, the model. */
async function prepare(app: App, task: TaskRow) {
  const index = await findIndex(app.db, task.tenant, task.indexId);
  if (!index || !task.asset) throw new Error(`task ${task.id} has no bytes or no index`);
  const folder = app.storage.proxyFolder(task.asset);
  const proxy = await readProxy(folder);
  const encoder = await app.models.visual(index.model);
  return {
    folder,
    frames: proxy.frames,
    duration: task.metadata?.duration ?? proxy.duration,
    encoder,
    ...spansOf(index, task, proxy.duration),
  };
}

function spansOf(index: IndexRow, task: TaskRow, decoded: number): { spans: Span[] } {
  return { spans: cutSegments(task.metadata?.duration ?? decoded, index) };
}

async function embedPictures(
  { folder, frames, duration, spans, encoder }: Prepared,
  work: TaskWork,
): Promise<NewSegment[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < frames.length; start += encoder.batchSize) {
    work.signal.throwIfAborted();
    const batch = frames.slice(start, start + encoder.batchSize).map(({ file }) => join(folder, file));
    vectors.push(...(await encoder.encodeImages(batch, { signal: work.signal })));
    work.report(vectors.length / frames.length);
  }
  const embed = (span: Span, scope: NewSegment['scope']): NewSegment => {
    const shown = framesWithin(frames, span);
    const middle = shown[Math.floor(shown.length / 2)];
    return {
      ...span,
      modality: 'VISUAL',
      scope,
      thumbnail: middle === undefined ? null : (frames[middle]?.file ?? null),
      text: null,
      embedding: averageVector(shown.flatMap((n) => vectors[n] ?? [])),
    };
  };
  return [...spans.map((span) => embed(span, 'CLIP')), embed({ startOffset: 0, endOffset: duration }, 'VIDEO')];
}

/** The places of the frames that a span shows: those taken within it, or else the last one before it. */
function framesWithin(frames: readonly ProxyFrame[], { startOffset, endOffset }: Span): number[] {
  const within = frames.flatMap(({ time }, n) => (time >= startOffset && time < endOffset ? [n] : []));
  if (within.length > 0) return within;
  const before = frames.findLastIndex(({ time }) => time <= startOffset);
  return frames.length === 0 ? [] : [Math.max(before, 0)];
}
