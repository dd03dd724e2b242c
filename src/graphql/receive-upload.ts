import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GraphQLError } from 'graphql';
import type { FileUpload } from 'graphql-upload-minimal';
import { InvalidInputError } from '../errors.ts';

/** A file part while it arrives. */
export interface ArrivingFile {
  /** As the client named it. */
  filename: string;
  bytes: AsyncIterable<Uint8Array>;
  /** Says where the bytes are from now on: a request may give one file to several fields. */
  keptAt(path: string): void;
}

/** Where files are whose parts have been read. */
const kept = new WeakMap<Promise<FileUpload>, string>();

/**
 * Hands a file part to `consume`. What that leaves unread is passed over, as the rest of the request comes after it.
 * @param field the field of the input that it was given in
 * @throws InvalidInputError when the request has no such part, GraphQLError (UPLOAD_ABORTED) when the client went away,
 *   whatever `consume` throws, and the signal's reason once it is aborted, before the part has come or amid it
 */
export async function receiveUpload<Result>(
  upload: Promise<FileUpload>,
  field: string,
  consume: (file: ArrivingFile) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const file = await orAborted(upload, signal).catch((error: Error) => {
    if (signal?.aborted) throw signal.reason;
    throw isMalformed(error)
      ? new InvalidInputError([{ path: [field], message: 'The request has no part for this file.' }])
      : uploadAborted();
  });
  const path = kept.get(upload);
  const stream = path === undefined ? openStream(file, field) : await openKept(path, field);
  try {
    const filename = file.filename?.replaceAll('\0', '').slice(0, LONGEST_FILENAME) || field;
    const keptAt = (there: string) => void kept.set(upload, there);
    return await consume({ filename, bytes: readUntil(stream, signal), keptAt });
  } catch (error) {
    throw path === undefined && stream.errored ? uploadAborted(stream.errored) : error;
  } finally {
    if (path === undefined) stream.resume();
    else stream.destroy();
  }
}

/** All bytes of a small file. @throws whatever `tooLarge` makes, as soon as there are more than `most` */
export async function readWhole({ bytes }: ArrivingFile, most: number, tooLarge: () => Error): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const LONGEST_FILENAME = 255;

/** What comes until the signal is aborted. What is left then is passed over as it comes. */
async function* readUntil(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const { done, value } = await orAborted(chunks.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // It ends only with the chunk that it waits for, and holds the stream until then.
    chunks.return?.().then(
      () => stream.resume(),
      () => {},
    );
  }
}

/** What the work comes to, or the signal's reason if that is aborted sooner; the work goes on then. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function openStream(file: FileUpload, field: string): Readable {
  try {
    return file.createReadStream();
  } catch (cause) {
    if (/multiple times/.test((cause as Error).message)) throw notKept(field);
    throw uploadAborted();
  }
}

/** A file that another field has kept, and that may be gone with what that has made. */
async function openKept(path: string, field: string): Promise<Readable> {
  const handle = await open(path).catch(() => {
    throw notKept(field);
  });
  // Its reader is told of faults; there may be none yet.
  return handle.createReadStream().on('error', () => {});
}

function notKept(field: string): InvalidInputError {
  return new InvalidInputError([
    { path: [field], message: 'The file is used by another field of this request, which has not kept it.' },
  ]);
}

function isMalformed(error: Error): boolean {
  return 'status' in error && error.status === 400;
}

function uploadAborted(cause?: Error): GraphQLError {
  if (cause && isMalformed(cause)) return new GraphQLError(cause.message, { extensions: { code: 'BAD_REQUEST' } });
  return new GraphQLError('The upload ended before the whole file had arrived.', {
    extensions: { code: 'UPLOAD_ABORTED' },
  });
}

/** Lets a file part that nobody reads pass by, so that the client comes to the end of its request. */
export function passOver(upload: Promise<FileUpload> | null | undefined): void {
  upload
    ?.then((file) => file.createReadStream().resume())
    // It was read already, or never came.
    .catch(() => {});
}
