import { InferenceSession } from './onnx-runtime.ts';

export interface SessionOptions {
  /** It is run on many shapes, of which each would leave a plan of memory behind. */
  variesInShape?: boolean;
}

/** Loads a network from a file, or from its bytes. `threads` is how many a run may use. */
export function createSession(
  model: string | Uint8Array,
  threads: number,
  { variesInShape = false }: SessionOptions = {},
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: threads,
    enableMemPattern: !variesInShape,
    // A spinning thread takes a core from ffmpeg, which runs beside it.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  });
}
