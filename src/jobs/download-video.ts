import type { App } from '../app.ts';
import type { Transaction } from '../db/client.ts';
import type { Asset } from '../domain/assets.ts';
import { checkSize } from '../domain/check-video.ts';
import { bytesLeft, describeShortage, findShortage, measureStorage } from '../domain/stored-bytes.ts';
import { openRemoteFile } from '../storage/remote-file.ts';
import { AssetTooLargeError, type ReceivedAsset } from '../storage/storage.ts';
import { countDownload } from '../telemetry/transfers.ts';
import { retryDownload } from './retry-download.ts';
import { TaskFailedError, type TaskWork } from './task-job.ts';

/** A video to download, who stores it, and the most bytes that it may have. */
interface RemoteVideo {
  url: string;
  tenant: string;
  maxFileSize: number;
}

type Work = Pick<TaskWork, 'signal' | 'report'>;

/**
 * Downloads a video into the storage, where the caller commits or discards it.
 * @throws TaskFailedError (DOWNLOAD_FAILED, VIDEO_FILESIZE_TOO_LARGE), or the signal's reason
 */
export async function downloadVideo(app: App, video: RemoteVideo, work: Work): Promise<ReceivedAsset> {
  return app.telemetry.stage('download', () =>
    retryDownload('video', work.signal, () => downloadOnce(app, video, work)),
  );
}

async function downloadOnce(app: App, video: RemoteVideo, { signal, report }: Work): Promise<ReceivedAsset> {
  const { body, size } = await openRemoteFile(video.url, { allowAddresses: app.env.FETCH_ALLOW_ADDRESSES, signal });
  const storage = await measureStorage(app.db, video.tenant, app.env.MAX_STORED_BYTES);
  const left = bytesLeft(storage);
  const refuseTooLarge = (bytes: number, came = String(bytes)) => {
    const failure = checkSize(bytes, video) ?? (bytes > left ? describeShortage(storage, came) : undefined);
    if (failure) throw new TaskFailedError(failure);
  };
  refuseTooLarge(size ?? 0);
  async function* reportBytes() {
    let done = 0;
    for await (const chunk of body) {
      done += chunk.byteLength;
      if (size) report(done / size);
      yield chunk;
    }
  }
  try {
    return await app.storage.receiveAsset(countDownload(app.telemetry.metrics, reportBytes()), {
      maxBytes: Math.min(video.maxFileSize, left),
      signal,
    });
  } catch (error) {
    if (error instanceof AssetTooLargeError) refuseTooLarge(error.limit + 1, `more than ${error.limit}`);
    throw error;
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
