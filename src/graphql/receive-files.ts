import type { FileUpload } from 'graphql-upload-minimal';
import { enterUploads } from '../domain/uploads.ts';
import type { Context } from './context.ts';

/**
 * Takes a place among the tenant's uploads while `receive` reads the files of a field, where any are given.
 * @throws LimitExceededError before a byte is read when none is free, and whatever `receive` throws
 */
export async function receiveFiles<Result>(
  { app, tenant }: Context,
  files: readonly (Promise<FileUpload> | null | undefined)[],
  receive: () => Promise<Result>,
): Promise<Result> {
  return files.some((file) => file != null) ? enterUploads(app.uploads, tenant, receive) : receive();
}
