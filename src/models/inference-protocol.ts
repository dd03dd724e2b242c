import { UndecodableImageError } from './errors.ts';
import type { PartManifests, PartPath } from './parts.ts';
import type { RunTimes } from './run-order.ts';

/** An encoder to be loaded: a part of a bundle, and the folder of its files. */
export interface EncoderSpec<P extends PartPath = PartPath> {
  path: P;
  folder: string;
  manifest: PartManifests[P];
  /** How many threads a run of a network may use. */
  threads: number;
}

/** What the inference thread is asked. Each `id` is used once; `encoder` is what `load` was answered with. */
export type Request =
  | { type: 'load'; id: number; spec: EncoderSpec }
  | { type: 'call'; id: number; encoder: number; method: string; args: unknown[]; urgent: boolean }
  | { type: 'cancel'; id: number }
  | { type: 'close'; id: number };

/** A loaded encoder: its number in the thread, and those of its properties that are numbers. */
export interface LoadedEncoder {
  encoder: number;
  properties: Record<string, number>;
}

/** What it answers, in the order that it gets done; of a call it says what its networks took. */
export type Response = { id: number; value: unknown; times?: RunTimes } | { id: number; fault: Fault };

/** An error on its way from one thread to another. */
export interface Fault {
  name: string;
  message: string;
  stack: string | undefined;
  code: string | undefined;
  image: { reason: string; position: number } | undefined;
}

/** What is thrown in the thread, as it is sent. */
export function describeFault(thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const image = error instanceof UndecodableImageError ? { reason: error.reason, position: error.position } : undefined;
  return { name, message, stack, code, image };
}

/** The error again, of its own class where callers tell it by that. */
export function rebuildError({ name, message, stack, code, image }: Fault): Error {
  if (image) return new UndecodableImageError(image.reason, image.position);
  return Object.assign(new Error(message), { name, stack }, code === undefined ? {} : { code });
}

/**
 * A value as it is posted, and the buffers that go along. `giveAway` passes on arrays that fill their buffer; else, and
 * of a view, a copy goes: posting a view would copy all of what it is a view of.
 */
export function pack(value: unknown, { giveAway }: { giveAway: boolean }): { value: unknown; buffers: ArrayBuffer[] } {
  const buffers = new Set<ArrayBuffer>();
  const packed = (given: unknown): unknown => {
    if (given instanceof Uint8Array || given instanceof Float32Array) {
      const isWhole = given.buffer instanceof ArrayBuffer && given.byteLength === given.buffer.byteLength;
      const own = giveAway && isWhole ? given : copyOf(given);
      buffers.add(own.buffer as ArrayBuffer);
      return own;
    }
    if (Array.isArray(given)) return given.map(packed);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(Object.entries(given).map(([key, part]) => [key, packed(part)]));
  };
  return { value: packed(value), buffers: [...buffers] };
}

function copyOf(array: Uint8Array | Float32Array): Uint8Array | Float32Array {
  // A Buffer's own slice is another view.
  return array instanceof Uint8Array ? new Uint8Array(array) : array.slice();
}
