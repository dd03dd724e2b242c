import type { ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type FileUpload, Upload } from 'graphql-upload-minimal';

/** How `processRequest` of graphql-upload-minimal settles an upload, which its types leave out. */
type SettledUpload = Upload & { resolve(file: FileUpload): void; reject(error: Error): void };

/** The value that a multipart request has for a file part, and the stream of that part. */
export function uploadOf(stream: Readable, filename: string): { upload: Upload; stream: Readable } {
  const upload = new Upload() as SettledUpload;
  let taken = false;
  // As busboy's users are told to: a cut request must not end the process.
  stream.on('error', () => {});
  upload.resolve({
    filename,
    fieldName: '0',
    mimetype: 'video/mp4',
    encoding: '7bit',
    createReadStream() {
      if (taken) throw new Error('graphql-upload-minimal does not allow calling createReadStream() multiple times.');
      taken = true;
      return stream as ReadStream;
    },
  });
  return { upload, stream };
}

/** An upload whose part never comes: 400 when the request ended without it, 499 when the client went away. */
export function absentUpload(status: number): Upload {
  const upload = new Upload() as SettledUpload;
  upload.reject(Object.assign(new Error('File missing in the request.'), { status }));
  return upload;
}
