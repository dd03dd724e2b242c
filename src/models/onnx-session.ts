import { InferenceSession } from './onnx-runtime.ts';

/**
 * Loads a network. `threads` is how many a run may use; `variesInShape` says that it is run on many shapes, of which each
 * would leave a plan of memory behind.
 */
export function createSession(
  file: string,
  threads: number,
  { variesInShape = false } = {},
): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: threads,
    enableMemPattern: !variesInShape,
    // A spinning thread takes a core from ffmpeg, which runs beside it.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  });
}
