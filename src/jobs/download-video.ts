import type { App } from '../app.ts';
import { checkSize } from '../domain/check-video.ts';
import { openRemoteFile } from '../storage/remote-file.ts';
import { AssetTooLargeError, type ReceivedAsset } from '../storage/storage.ts';
import { retryDownload } from './retry-download.ts';
import { TaskFailedError, type TaskWork } from './task-job.ts';

/** A video to download, and the most bytes that it may have. */
interface RemoteVideo {
  url: string;
  maxFileSize: number;
}

type Work = Pick<TaskWork, 'signal' | 'report'>;

/**
 * Downloads a video into the storage, where the caller commits or discards it.
 * @throws TaskFailedError (DOWNLOAD_FAILED, VIDEO_FILESIZE_TOO_LARGE), or the signal's reason
 */
export async function downloadVideo(app: App, video: RemoteVideo, work: Work): Promise<ReceivedAsset> {
  return retryDownload('video', work.signal, () => downloadOnce(app, video, work));
}

async function downloadOnce(app: App, video: RemoteVideo, { signal, report }: Work): Promise<ReceivedAsset> {
  const { body, size } = await openRemoteFile(video.url, { allowAddresses: app.env.FETCH_ALLOW_ADDRESSES, signal });
  const refuseTooLarge = (bytes: number) => {
    const failure = checkSize(bytes, video);
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
    const expected = size ?? 0;
    return await app.storage.receiveAsset(reportBytes(), { maxBytes: video.maxFileSize, expected, signal });
  } catch (error) {
    if (error instanceof AssetTooLargeError) refuseTooLarge(error.limit + 1);
    throw error;
  }
}
