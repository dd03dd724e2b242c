import { execFile } from 'node:child_process';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Bench } from './bench.ts';
import { startPostgres } from './postgres.ts';
import { descendantsOf, forgetPeak, residentBytes } from './processes.ts';
import { startBenchServer } from './server.ts';

const run = promisify(execFile);
const [HOURS, FPS] = [2, 3];
const KEPT = join(import.meta.dirname, '.cache', `long-${HOURS}h.mp4`);
const MEGABYTE = 1024 ** 2;
/** Megabytes: what a server holds that works on short clips, and as much again; what ffmpeg needs for a decode of 360p. */
const [SERVER, FFMPEG] = [1000, 300];
/** Milliseconds between two looks at ffmpeg. */
const LOOK_EVERY = 250;

/**
 * A video of two hours is indexed in bounded memory: the most that the server's process and its runs of ffmpeg have held
 * meanwhile. Its frames are few and small, as it is the length that everything in memory would grow with: 2,400 clips'
 * segments, 7,200 sampled frames, two hours of sound.
 */
export default async function longVideo(bench: Bench): Promise<void> {
  const video = await makeLongVideo();
  await using postgres = await startPostgres();
  await using server = await startBenchServer({ DATABASE_URL: await postgres.createDatabase() });
  const { client, pid } = server;
  const index = await client.createIndex({ name: 'long', modalities: ['VISUAL'], validation: { maxDuration: 10_000 } });
  const before = residentBytes(pid).now;
  forgetPeak(pid);
  const over = new AbortController();
  const ffmpeg = watchDecodes(pid, over.signal);
  const { id } = await client.uploadTask({ indexId: index.id, videoFile: video });
  const { createdAt, updatedAt } = await client.waitForTask(id);
  over.abort();
  const what = `a video of ${HOURS} h`;
  const took = (Date.parse(updatedAt) - Date.parse(createdAt)) / 1000;
  bench.state({ what, figure: 'stored to READY, s', value: took });
  bench.state({ what, figure: 'the server before, MB', value: before / MEGABYTE });
  const peak = residentBytes(pid).peak / MEGABYTE;
  bench.state({ what, figure: 'the server at most, MB', value: peak, limit: { atMost: SERVER } });
  const most = (await ffmpeg) / MEGABYTE;
  bench.state({ what, figure: 'ffmpeg at most, MB', value: most, limit: { atMost: FFMPEG } });
}

/** The most bytes that a process's runs of ffmpeg hold together, as long as nobody says that it is over. */
async function watchDecodes(pid: number, signal: AbortSignal): Promise<number> {
  let most = 0;
  try {
    for await (const _ of every(LOOK_EVERY, undefined, { signal }))
      most = Math.max(
        most,
        descendantsOf(pid, 'ffmpeg').reduce((sum, child) => sum + residentBytes(child).now, 0),
      );
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return most;
}

/** Test patterns that change all the time, with a tone, made once: a few frames a second, 360p. */
async function makeLongVideo(): Promise<string> {
  if (await stat(KEPT).catch(() => undefined)) return KEPT;
  const draft = join(import.meta.dirname, '.cache', `draft-${process.pid}.mp4`);
  await mkdir(join(import.meta.dirname, '.cache'), { recursive: true });
  const seconds = String(HOURS * 3600);
  await run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-t', seconds, '-i', `testsrc2=size=640x360:rate=${FPS}`],
    ...['-f', 'lavfi', '-t', seconds, '-i', 'sine=frequency=440:sample_rate=16000'],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      '-g',
      String(4 * FPS),
      '-c:a',
      'aac',
      '-b:a',
      '32k',
    ],
    ...['-movflags', '+faststart', draft],
  ]);
  await rename(draft, KEPT);
  return KEPT;
}
