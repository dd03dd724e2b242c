import type { FileUpload } from 'graphql-upload-minimal';
import { InvalidInputError } from '../errors.ts';
import { RemoteFileError } from '../storage/remote-file-error.ts';
import type { Context } from './context.ts';
import { receiveFiles } from './receive-files.ts';
import { readWhole, receiveUpload } from './receive-upload.ts';

/** Bytes of an image that stands in memory while it is searched for. */
const LARGEST_IMAGE = 20_000_000;
/** Milliseconds in which an image has to be there: its search or its embedding holds a place meanwhile. */
const LONGEST_WAIT = 60_000;

/**
 * An uploaded image, whole.
 * @param within milliseconds in which its part has to come, and to end
 * @throws InvalidInputError when it is too large or late, and as `receiveFiles` and `receiveUpload` do
 */
export async function readUploadedImage(
  context: Context,
  upload: Promise<FileUpload>,
  field: string,
  within: number = LONGEST_WAIT,
): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(within);
  const tooLarge = () => refuse(field, `The image is larger than ${LARGEST_IMAGE} bytes.`);
  return receiveFiles(context, [upload], () =>
    receiveUpload(upload, field, (file) => readWhole(file, LARGEST_IMAGE, tooLarge), signal),
  ).catch((error) => {
    throw error === signal.reason ? tooLate(field, within) : error;
  });
}

/** An image from a URL, whole. @throws InvalidInputError saying why it cannot be had */
export async function readRemoteImage({ app }: Context, url: string, field: string): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  try {
    return await app.remote.read(url, { maxBytes: LARGEST_IMAGE, signal });
  } catch (error) {
    if (signal.aborted) throw tooLate(field, LONGEST_WAIT);
    throw error instanceof RemoteFileError ? refuse(field, `The image cannot be had: ${error.message}.`) : error;
  }
}

function tooLate(field: string, milliseconds: number): InvalidInputError {
  return refuse(field, `The image had not come after ${milliseconds / 1000} s.`);
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
