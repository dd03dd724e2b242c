import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** Milliseconds that a file must have been unchanged for its date to tell it from any other version of it. */
const SETTLED_AFTER = 60_000;

/** What tells one version of a remote file from any other. */
export const remoteVersion = z.object({
  /** Whose file it is: the tags of another server may be the same by chance. */
  origin: z.string(),
  /** A strong entity tag or a settled date: a validator that `If-Range` takes (RFC 9110, 13.1.5). */
  validator: z.string(),
  /** Bytes of the whole file, where they are known. */
  size: z.number().nullable(),
});
export type RemoteVersion = z.output<typeof remoteVersion>;

/** The version that a whole answer (status 200) is of; null where the server says too little, or has no ranges. */
export function versionOf(response: IncomingMessage, { origin }: URL): RemoteVersion | null {
  const { headers } = response;
  if (headers['accept-ranges']?.trim().toLowerCase() === 'none') return null;
  const validator = strongTag(headers.etag) ?? settledDate(headers);
  return validator === undefined ? null : { origin, validator, size: sizeOf(response) };
}

/**
 * Checks that a partial answer (status 206) goes on with the same version from the very byte that was asked for. It must
 * name the validator again: a server may know ranges, but not `If-Range`.
 * @returns the bytes of the whole file, or undefined when it does not prove that
 */
export function restBegins(
  { headers }: IncomingMessage,
  { origin }: URL,
  { bytes, version }: { bytes: number; version: RemoteVersion },
): number | undefined {
  const named = version.validator.startsWith('"') ? headers.etag : headers['last-modified'];
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(headers['content-range'] ?? '') ?? [];
  const size = Number(whole);
  const isSame = origin === version.origin && named === version.validator && size === (version.size ?? size);
  return isSame && Number(first) === bytes && Number(last) < size ? size : undefined;
}

/** Bytes of an answer, where the server says so. */
export function sizeOf({ headers }: IncomingMessage): number | null {
  const size = Number(headers['content-length'] ?? Number.NaN);
  return Number.isFinite(size) ? size : null;
}

/** A weak tag does not promise the same bytes (RFC 9110, 8.8.1). */
function strongTag(tag: string | undefined): string | undefined {
  return tag?.startsWith('"') ? tag : undefined;
}

/** A date that lies long enough before the answer: a file may change twice within a second (RFC 9110, 8.8.2.2). */
function settledDate({ date, 'last-modified': modified }: IncomingMessage['headers']): string | undefined {
  return Date.parse(date ?? '') - Date.parse(modified ?? '') >= SETTLED_AFTER ? modified : undefined;
}
