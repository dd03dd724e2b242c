import type { ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type FileUpload, Upload } from 'graphql-upload-minimal';

/** How `processRequest` of graphql-upload-minimal settles an upload, which its types leave out. */
type SettledUpload = Upload & { resolve(file: FileUpload): void; reject(error: Error): void };

/**
 * The value that a multipart request has for a file part, and the stream of that part.
 * @param previous the part that stands before it in the request: this one comes once that has been read
 */
export function uploadOf(
  stream: Readable,
  filename: string,
  previous?: Readable,
): { upload: Upload; stream: Readable } {
  const upload = new Upload() as SettledUpload;
  let taken = false;
  // As busboy's users are told to: a cut request must not end the process.
  stream.on('error', () => {});
  const file: FileUpload = {
    filename,
    fieldName: '0',
    mimetype: 'video/mp4',
    encoding: '7bit',
    createReadStream() {
      if (taken) throw new Error('graphql-upload-minimal does not allow calling createReadStream() multiple times.');
      taken = true;
      return stream as ReadStream;
    },
  };
  if (previous) previous.once('end', () => upload.resolve(file));
  else upload.resolve(file);
  return { upload, stream };
}

/** An upload whose part never comes: 400 when the request ended without it, 499 when the client went away. */
export function absentUpload(status: number): Upload {
  const upload = new Upload() as SettledUpload;
  upload.reject(Object.assign(new Error('File missing in the request.'), { status }));
  return upload;
}
