import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileUnreadableError } from './errors.ts';

/** A file to send: its path on this machine, or its content. A Blob without a name is sent as `file`. */
export type FileSource = string | File | Blob;

/** A file to send, read from disk as it is sent. Throws FileUnreadableError. */
export async function openFile(source: FileSource): Promise<File> {
  if (source instanceof File) return source;
  if (source instanceof Blob) return new File([source], 'file', { type: source.type });
  const found = await stat(source).catch(() => undefined);
  if (!found?.isFile()) throw new FileUnreadableError(`There is no file ${source}.`);
  try {
    return new File([await openAsBlob(source)], basename(source));
  } catch (cause) {
    throw new FileUnreadableError(`The file ${source} cannot be read.`, { cause });
  }
}

/**
 * Takes the files out of an operation's variables.
 * @returns the variables with null in each file's place, and the files by their places, such as `input.videoFile`
 */
export function takeFiles(variables: unknown): { variables: unknown; files: Record<string, File> } {
  const files: Record<string, File> = {};
  const take = (value: unknown, place: string): unknown => {
    if (value instanceof File) {
      files[place] = value;
      return null;
    }
    if (Array.isArray(value)) return value.map((item, at) => take(item, `${place}.${at}`));
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, take(item, place === '' ? key : `${place}.${key}`)]),
    );
  };
  return { variables: take(variables, ''), files };
}
