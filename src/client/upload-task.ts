import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestOptions } from './document.ts';
import { ServerUnreachableError } from './errors.ts';
import { expectType } from './expect-type.ts';
import { type FileSource, openFile } from './files.ts';
import { CreateTaskDocument, type CreateTaskInput, type TaskFieldsFragment } from './generated/graphql.ts';
import type { Transport } from './transport.ts';

/** `CreateTaskInput` of the API, with its files as paths, Files or Blobs. Needs `videoFile` or `videoUrl`. */
export type UploadTaskInput = Omit<CreateTaskInput, 'videoFile' | 'transcriptionFile'> & {
  /** The video. */
  readonly videoFile?: FileSource | undefined;
  /** The spoken words as SubRip (SRT) or WebVTT. */
  readonly transcriptionFile?: FileSource | undefined;
};

/** Milliseconds before each further try of a request that had no answer. */
const PAUSES = [1000, 2000];

/** `Client.uploadTask`. */
export async function uploadTask(
  transport: Transport,
  { videoFile, transcriptionFile, clientToken, ...rest }: UploadTaskInput,
  options: RequestOptions = {},
): Promise<TaskFieldsFragment> {
  const input: CreateTaskInput = {
    ...rest,
    clientToken: clientToken ?? randomUUID(),
    videoFile: videoFile === undefined ? null : await openFile(videoFile),
    transcriptionFile: transcriptionFile === undefined ? null : await openFile(transcriptionFile),
  };
  const send = () => transport.request(CreateTaskDocument, { input }, options);
  for (const pause of PAUSES) {
    try {
      return expectType('Task', (await send()).createTask);
    } catch (error) {
      // It may have arrived all the same: the token brings back what it has made.
      if (!(error instanceof ServerUnreachableError)) throw error;
      await delay(pause, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
    }
  }
  return expectType('Task', (await send()).createTask);
}
