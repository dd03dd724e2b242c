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
 * Runs tasks on a file, each on bytes of its own, as an asset is decoded but once: seconds from a task's creation, when
 * its bytes are stored, until it is READY, without those that its networks ran.
 */
export async function createTaskTimer(
  { client, metric }: BenchServer,
  file: string,
  validation: { rejectBrokenFrames: boolean },
): Promise<() => Promise<Figures>> {
  const index = await client.createIndex({
    name: basename(file),
    validation: { ...validation, maxHeight: 2000 },
  });
  const nextVideo = await createVideoFiles(file);
  return async () => {
    const before = await metric(INFERENCE);
    const videoFile = new File([nextVideo().bytes], 'clip.mp4');
    const { id } = await client.uploadTask({ indexId: index.id, videoFile });
    const { createdAt, updatedAt } = await client.waitForTask(id);
    const took = (Date.parse(updatedAt) - Date.parse(createdAt)) / 1000;
    return { [TIME]: took - ((await metric(INFERENCE)) - before) };
  };
}
