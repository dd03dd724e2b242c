import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { createVideoFiles } from '../test/faults/video-files.ts';
import type { Figures } from './bench.ts';
import type { BenchServer } from './server.ts';

const run = promisify(execFile);
const TIME = 'task without models, s';
const INFERENCE = 'reelgraph_inference_duration_seconds_sum';

/** Seconds that ffmpeg takes to decode a file, sound too, and keep nothing of it. */
export async function bareDecode(file: string): Promise<Figures> {
  const began = performance.now();
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-f', 'null', '-']);
  return { [TIME]: (performance.now() - began) / 1000 };
}

/**
 * Settings of a server whose networks run one after the other, by one thread: what they take can be subtracted then. A
 * picture that is decoded beside one costs as little as it would beside two.
 */
export const ONE_NETWORK_AT_A_TIME = { MODEL_THREADS: '1' };

/** Tasks on one file, each on bytes of its own, as an asset is decoded but once. */
interface Tasks {
  /** Uploads it once more, and waits until it is READY. Seconds from the task's creation, when its bytes are stored. */
  run(): Promise<number>;
}

/** Makes an index for tasks on a file, with what its policy says of broken frames. */
export async function createTasks(
  { client }: BenchServer,
  file: string,
  { rejectBrokenFrames }: { rejectBrokenFrames: boolean },
): Promise<Tasks> {
  const validation = { rejectBrokenFrames, maxHeight: 2000 };
  const { id: indexId } = await client.createIndex({ name: basename(file), validation });
  const nextVideo = await createVideoFiles(file);
  return {
    async run() {
      const videoFile = new File([nextVideo().bytes], 'clip.mp4');
      const { id } = await client.uploadTask({ indexId, videoFile });
      const { createdAt, updatedAt } = await client.waitForTask(id);
      return (Date.parse(updatedAt) - Date.parse(createdAt)) / 1000;
    },
  };
}

/**
 * Runs a task on a file, and gives its seconds without those that its networks ran, one at a time. What goes on beside a
 * network, as the decoding of the next pictures, is not counted then: nobody waits for it.
 */
export async function createTaskTimer(
  server: BenchServer,
  file: string,
  validation: { rejectBrokenFrames: boolean },
): Promise<() => Promise<Figures>> {
  const tasks = await createTasks(server, file, validation);
  return async () => {
    const before = await server.metric(INFERENCE);
    const seconds = await tasks.run();
    return { [TIME]: seconds - ((await server.metric(INFERENCE)) - before) };
  };
}
