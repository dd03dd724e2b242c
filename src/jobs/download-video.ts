import type { App } from '../app.ts';
import type { Transaction } from '../db/client.ts';
import { StaleTaskError } from '../domain/advance-task.ts';
import type { Asset } from '../domain/assets.ts';
import { checkSize } from '../domain/check-video.ts';
import { bytesLeft, describeShortage, findShortage, type StorageUse } from '../domain/stored-bytes.ts';
import type { Patience } from '../storage/patience.ts';
import { FileChangedError } from '../storage/remote-file-error.ts';
import { readResuming } from '../storage/resuming-body.ts';
import { AssetTooLargeError, type PartialFile, type ReceivedAsset } from '../storage/storage.ts';
import { countDownload } from '../telemetry/transfers.ts';
import { retryDownload } from './retry-download.ts';
import { TaskFailedError, type TaskWork } from './task-job.ts';

/** A video to download, and the most bytes that it may have. */
interface RemoteVideo {
  url: string;
  /** What the tenant stores already. */
  stored: StorageUse;
  maxFileSize: number;
  /** What names this download, and no other, also to the worker that goes on with it. */
  key: string;
}

type Work = Pick<TaskWork, 'signal' | 'report'>;
type Fetching = Pick<App, 'env' | 'remote' | 'storage' | 'telemetry'>;

/**
 * Downloads a video into the storage, where the caller commits or discards it. Where the line is cut it goes on from
 * there, if the server has the same file still; and so does the next worker, where this one stops or dies.
 * @throws TaskFailedError (DOWNLOAD_FAILED, VIDEO_FILESIZE_TOO_LARGE), or the signal's reason
 */
export async function downloadVideo(app: Fetching, video: RemoteVideo, work: Work): Promise<ReceivedAsset> {
  return app.telemetry.stage('download', () => download(app, video, work));
}

async function download(app: Fetching, video: RemoteVideo, work: Work): Promise<ReceivedAsset> {
  const { signal } = work;
  try {
    let left = await app.storage.findPartial(video.key);
    return await retryDownload(app, 'video', signal, async (either, patience) => {
      try {
        return await downloadOnce(app, video, left, { ...work, signal: either }, patience);
      } catch (error) {
        if (error instanceof FileChangedError) {
          left = null;
          await app.storage.removePartials(video.key);
        }
        throw error;
      }
    });
  } catch (error) {
    const isHandedOn = signal.aborted && !(signal.reason instanceof StaleTaskError);
    if (!isHandedOn) await app.storage.removePartials(video.key);
    throw error;
  }
}

async function downloadOnce(
  { remote, storage, telemetry }: Fetching,
  video: RemoteVideo,
  left: PartialFile | null,
  { signal, report }: Work,
  patience: Patience,
): Promise<ReceivedAsset> {
  const { url, key, stored, maxFileSize } = video;
  const room = bytesLeft(stored);
  const file = await remote.open(url, { signal, from: left ?? undefined });
  const refuseTooLarge = (bytes: number, came = String(bytes)) => {
    const failure = checkSize(bytes, video) ?? (bytes > room ? describeShortage(stored, came) : undefined);
    if (failure) throw new TaskFailedError(failure);
  };
  async function* bytes() {
    if (left) yield* left.read();
    const arriving = readResuming(file, (from) => remote.open(url, { signal, from }), patience);
    yield* countDownload(telemetry.metrics, arriving);
  }
  async function* reportBytes() {
    let done = 0;
    for await (const chunk of bytes()) {
      done += chunk.byteLength;
      if (file.size) report(done / file.size);
      yield chunk;
    }
  }
  try {
    const expected = file.size ?? 0;
    refuseTooLarge(expected);
    const resumable = file.version ? { key, version: file.version } : undefined;
    const maxBytes = Math.min(maxFileSize, room);
    return await storage.receiveAsset(reportBytes(), { maxBytes, expected, signal, resumable });
  } catch (error) {
    if (error instanceof AssetTooLargeError) refuseTooLarge(error.limit + 1, `more than ${error.limit}`);
    throw error;
  } finally {
    file.close();
  }
}

/**
 * Fails a task whose downloaded bytes the tenant may not store in addition to what it has by now. To be called before
 * the task is locked, in the transaction that keeps the bytes. @throws TaskFailedError (VIDEO_FILESIZE_TOO_LARGE)
 */
export async function refuseShortage(app: App, tx: Transaction, tenant: string, asset: Asset): Promise<void> {
  const shortage = await findShortage(tx, tenant, app.env.MAX_STORED_BYTES, asset);
  if (shortage) throw new TaskFailedError(describeShortage(shortage, String(asset.size)));
}
