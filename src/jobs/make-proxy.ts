import type { App } from '../app.ts';
import type { VideoMetadata } from '../db/values.ts';
import { describeFailure } from '../domain/check-video.ts';
import { type MediaProxy, MediaTimeoutError, type Probe, readProxy, UnreadableMediaError } from '../media/media.ts';
import { asDiskFull } from '../storage/storage.ts';
import { TaskFailedError, type TaskWork } from './task-job.ts';

/** A file that was probed, and whether every frame of it has to be looked at. */
interface ProxySource {
  file: string;
  asset: string;
  probe: Probe;
  checkFrames: boolean;
}

/** What the system and ffmpeg say where a disk cannot be read or written. */
const DISK_FAULT = /\bEIO\b|Input\/output error/;

type Work = Pick<TaskWork, 'signal' | 'report'>;

/** An asset is decoded once, however often it is uploaded: again only to check frames that nobody has checked. */
export async function findOrMakeProxy(
  app: App,
  work: Work,
  source: ProxySource,
): Promise<{ proxy: MediaProxy; made: boolean }> {
  if (await app.storage.hasProxy(source.asset)) {
    const proxy = await readProxy(app.storage.proxyFolder(source.asset)).catch(() => undefined);
    if (proxy && (proxy.verdict.checked || !source.checkFrames)) return { proxy, made: false };
  }
  return { proxy: await makeProxy(app, work, source), made: true };
}

async function makeProxy(app: App, { signal, report }: Work, source: ProxySource): Promise<MediaProxy> {
  const folder = await app.storage.createWorkFolder();
  try {
    const proxy = await measureDecode(app, source.probe.duration, () =>
      app.media.decode(source.file, source.probe, {
        folder: folder.path,
        checkFrames: source.checkFrames,
        signal,
        onProgress: (seconds) => report(seconds / source.probe.duration),
      }),
    );
    // Of a disk's fault it would be kept as the video's.
    if (proxy.verdict.broken) await app.storage.verifyAsset(source.asset, { signal });
    await folder.commitProxy(source.asset);
    return proxy;
  } catch (error) {
    throw asDiskFull(error);
  } finally {
    await folder.remove();
  }
}

/** Duration in seconds. The wait for a decode's place is part of the stage's time. */
async function measureDecode(
  { telemetry }: App,
  duration: number,
  decode: () => Promise<MediaProxy>,
): Promise<MediaProxy> {
  const { decodedMedia, decodeSpeed } = telemetry.metrics;
  const started = performance.now();
  const proxy = await telemetry.stage('decode', decode);
  decodedMedia.inc(duration);
  decodeSpeed.observe((1000 * duration) / (performance.now() - started));
  return proxy;
}

/** What is told of a video once it has been probed. Size in bytes. */
export function metadataOf(
  filename: string,
  probe: Probe,
  video: NonNullable<Probe['video']>,
  size: number,
): VideoMetadata {
  const { width, height, fps } = video;
  return { duration: probe.duration, filename, width, height, fps, size };
}

/** The picture of a file that was probed. @throws TaskFailedError for a file without one */
export function requireVideo({ video }: Probe): NonNullable<Probe['video']> {
  if (video) return video;
  throw new TaskFailedError(
    describeFailure('BROKEN_VIDEO_FILE', 'The file has no video track.', 'no video track', 'a video track'),
  );
}

/** Refuses a video with broken frames. @throws TaskFailedError */
export function refuseBroken({ verdict }: MediaProxy, metadata: VideoMetadata): void {
  if (!verdict.broken) return;
  const reason = verdict.reason ?? 'broken frames';
  const allowed = 'no broken or missing frames';
  const failure = describeFailure('BROKEN_VIDEO_FILE', `The video is damaged: ${reason}.`, reason, allowed);
  throw new TaskFailedError(failure, metadata);
}

/**
 * Turns what media throws of a file that is no readable video into the failure of its task, once it is certain that the
 * fault is not the disk's.
 */
export function refuseUnreadable(app: App, { task, signal }: { task: { asset: string | null }; signal: AbortSignal }) {
  return async (error: unknown): Promise<never> => {
    const isOfFile = error instanceof UnreadableMediaError || error instanceof MediaTimeoutError;
    const isOfDisk = error instanceof Error && DISK_FAULT.test(error.message);
    if (task.asset && (isOfFile || isOfDisk)) await app.storage.verifyAsset(task.asset, { signal });
    if (!isOfFile) throw error;
    const [message, allowed] =
      error instanceof UnreadableMediaError
        ? [error.message, 'a readable video file']
        : [`The video cannot be decoded: ${error.message}`, 'a video that decodes'];
    throw new TaskFailedError(describeFailure('BROKEN_VIDEO_FILE', `${message}.`, error.message, allowed));
  };
}
