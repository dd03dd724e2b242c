import type { App } from '../app.ts';
import { advanceReindex } from '../domain/advance-reindex.ts';
import { cutSegments } from '../domain/clips.ts';
import {
  findReindexWork,
  isReindexOpen,
  type ReindexRun,
  type ReindexWork,
  storeReindexedVideo,
} from '../domain/reindex-videos.ts';
import { readProxy } from '../media/media.ts';
import type { JobContext } from '../queue/worker.ts';
import { embedProxy } from './embed-proxy.ts';
import { watchWork } from './watch-work.ts';

/** Embeds a video of a reindex anew from its proxy, and does what comes next in the reindex. */
export async function runReindexVideo(app: App, run: ReindexRun, context: JobContext): Promise<void> {
  const work = await findReindexWork(app.db, run);
  if (work) await embedAnew(app, run, work, context);
  // Also where the video is gone: it may have been the last one that the reindex was waiting for.
  await app.db.transaction((tx) => advanceReindex(tx, app.queue, run.reindexId));
}

async function embedAnew(app: App, run: ReindexRun, work: ReindexWork, context: JobContext): Promise<void> {
  const watch = watchReindex(app, run, work, context);
  try {
    const { video, index, reindex } = work;
    const listens = await isToListen(app, work);
    const folder = app.storage.proxyFolder(video.asset);
    const { duration } = video.metadata;
    const { segments, lines, language } = await embedProxy(app, {
      folder,
      proxy: await readProxy(folder),
      model: reindex.model,
      modalities: reindex.modalities,
      scopes: ['CLIP', 'VIDEO'],
      spans: cutSegments(duration, index),
      whole: { startOffset: 0, endOffset: duration },
      lines: listens ? null : (work.transcript?.lines ?? null),
      language: listens ? work.language : video.language,
      signal: watch.signal,
      report: watch.report,
    });
    const found = { segments, lines: listens ? lines : null, language };
    await app.db.transaction((tx) => storeReindexedVideo(tx, run, found));
  } catch (error) {
    if (!(await watch.isOvertaken())) throw error;
    context.log.info({ reindex: run }, 'reindex overtaken');
  } finally {
    await watch.stop();
  }
}

/** Whether the spoken words are to be found out anew: they did not come with the video, and the new model hears them. */
async function isToListen(app: App, { reindex, transcript }: ReindexWork): Promise<boolean> {
  if (!reindex.modalities.includes('TRANSCRIPTION')) return false;
  if (transcript && transcript.source !== 'SPEECH') return false;
  return (await app.models.speech(reindex.model)) !== undefined;
}

/** Aborts the work when the reindex is over, and when the video is deleted. */
function watchReindex(app: App, run: ReindexRun, { video }: ReindexWork, context: JobContext) {
  const listen = (changed: () => void) => {
    const unlisten = [
      app.events.subscribe('reindex:changed', (hint) => {
        if (hint === 'missed' || hint.reindexId === run.reindexId) changed();
      }),
      app.events.subscribe('task:changed', (hint) => {
        if (hint !== 'missed' && hint.taskId === video.taskId) changed();
      }),
    ];
    return () => {
      for (const end of unlisten) end();
    };
  };
  const isWanted = () => isReindexOpen(app.db, run);
  // What subscribers are told of is how many videos are done.
  const note = async () => {};
  return watchWork({ listen, isWanted, note }, `video ${run.videoId} of reindex ${run.reindexId}`, context);
}
