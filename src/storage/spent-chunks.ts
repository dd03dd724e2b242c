import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes after which they are freed. */
const MOST = 32 * 1024 ** 2;

setFlagsFromString('--expose-gc');
const collect: (options: { type: 'minor' }) => void = runInNewContext('gc');
// Else every context that is made later would have it.
setFlagsFromString('--no-expose-gc');

let spent = 0;

/**
 * Notes that so many bytes of a stream's chunks are not needed any more, and frees them now and then. V8 looks for such
 * buffers only after 64 MiB, and then in the whole heap: the server's is large, and that took half of an upload's
 * processor time. Among the young objects alone they are found for a small part of that.
 */
export function noteSpent(bytes: number): void {
  spent += bytes;
  if (spent < MOST) return;
  spent = 0;
  collect({ type: 'minor' });
}
