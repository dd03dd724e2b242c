import type { FileUpload } from 'graphql-upload-minimal';
import { InvalidInputError } from '../errors.ts';
import { RemoteFileError } from '../storage/remote-file-error.ts';
import type { RemoteFiles } from '../storage/remote-files.ts';
import type { Context } from './context.ts';
import { receiveFiles } from './receive-files.ts';
import { readWhole, receiveUpload } from './receive-upload.ts';

/** Bytes of an image that stands in memory while it is searched for. */
const LARGEST_IMAGE = 20_000_000;
/** Milliseconds that the download of an image may take. */
const LONGEST_DOWNLOAD = 60_000;

/** An uploaded image, whole. @throws InvalidInputError when it is too large, as `receiveFiles` and `receiveUpload` do */
export async function readUploadedImage(
  context: Context,
  upload: Promise<FileUpload>,
  field: string,
): Promise<Uint8Array> {
  const tooLarge = () => refuse(field, `The image is larger than ${LARGEST_IMAGE} bytes.`);
  return receiveFiles(context, [upload], () =>
    receiveUpload(upload, field, (file) => readWhole(file, LARGEST_IMAGE, tooLarge)),
  );
}

/** An image from a URL, whole. @throws InvalidInputError saying why it cannot be had */
export async function readRemoteImage(remote: RemoteFiles, url: string, field: string): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(LONGEST_DOWNLOAD);
  try {
    return await remote.read(url, { maxBytes: LARGEST_IMAGE, signal });
  } catch (error) {
    if (signal.aborted) throw refuse(field, `The image had not come after ${LONGEST_DOWNLOAD / 1000} s.`);
    throw error instanceof RemoteFileError ? refuse(field, `The image cannot be had: ${error.message}.`) : error;
  }
}

function refuse(field: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: [field], message }]);
}

/** The domain knows an image only; where a URL was given, that is what is at fault. */
export function ofImageUrl({ issues }: InvalidInputError): InvalidInputError {
  return new InvalidInputError(
    issues.map(({ path, message }) => ({ path: path[0] === 'image' ? ['imageUrl', ...path.slice(1)] : path, message })),
  );
}
