import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { detectContainer } from './container.ts';
import { composeDecode, type DecodeSettings, FRAMES, SCENES, SOUND } from './decode-command.ts';
import { createDecoderLog, type DecoderSummary } from './decoder-log.ts';
import { UnreadableMediaError } from './errors.ts';
import { type CagedTool, runFfmpeg } from './ffmpeg.ts';
import { flacSeconds } from './flac.ts';
import { hasDenseKeyFrames } from './key-frames.ts';
import { createOutputWatch } from './output-watch.ts';
import type { Probe } from './probe.ts';
import { progressTime } from './progress.ts';
import { type MediaProxy, PROXY_FILE, type ProxyFrame } from './proxy.ts';
import { judgeFrames } from './verdict.ts';

export interface DecodeOptions {
  /** An existing, empty folder for the proxy. After a failure what is in it is the caller's to remove. */
  folder: string;
  /** Seconds between two sampled frames; 1 unless told. */
  frameInterval?: number;
  /** Decode every frame and judge them; without, the verdict is empty, and key frames do where they are dense enough. */
  checkFrames: boolean;
  signal?: AbortSignal;
  /** Called with the seconds of the video that are done, never fewer than before. */
  onProgress?: (seconds: number) => void;
  /** Seconds until ffmpeg is killed; unless told, two minutes and four times the duration, of a day at most. */
  timeout?: number;
}

/** The programs and how they are used here; the options are those of `DecodeSettings`. */
export interface Decoder {
  ffmpeg: CagedTool;
  ffprobe: CagedTool;
  timesOption: string;
  dropsRepeats: boolean;
  threads: number;
}

/** Decodes a file once into its proxy. Rejects as `Media.decode` does. */
export async function decodeFile(
  decoder: Decoder,
  file: string,
  probe: Probe,
  options: DecodeOptions,
): Promise<MediaProxy> {
  const { video, audio } = probe;
  const { folder, frameInterval = 1, checkFrames } = options;
  if (video === null) throw new UnreadableMediaError('The file has no video in it');
  if (!(frameInterval > 0)) throw new RangeError(`frameInterval is ${frameInterval}; it has to be above 0 seconds`);
  const container = await detectContainer(file);
  const { timesOption, dropsRepeats, threads } = decoder;
  const end = probe.duration + PAST_END;
  const settings = { file, container, video, audio, frameInterval, timesOption, dropsRepeats, threads, end };

  let log: DecoderSummary | null = null;
  let frames: ProxyFrame[] = [];
  const following = { ...options, onProgress: onlyForwards(options.onProgress) };
  if (!checkFrames) {
    log = await runOnKeyFrames(decoder, settings, probe, following);
    if (log !== null) frames = await listFrames(folder, FRAMES);
    // Only the beginning was looked at for their spacing.
    if (!covers(frames, probe.duration, frameInterval)) log = null;
  }
  if (log === null) {
    log = await run(decoder.ffmpeg, { ...settings, keyFramesOnly: false }, probe, following);
    frames = await listFrames(folder, FRAMES);
  }
  const lastFrame = frames.at(-1);
  if (lastFrame === undefined) {
    throw new UnreadableMediaError(`Not one frame of the file can be decoded: ${log.reason ?? 'it holds no picture'}`);
  }
  const soundEnd = await flacSeconds(join(folder, SOUND));
  const reached = { lastTime: lastFrame.time, soundEnd, frameInterval };
  const { decodedFrames } = log;
  const proxy: MediaProxy = {
    duration: Math.max(probe.duration, lastFrame.time + 1 / (video.fps ?? 25)),
    frames,
    scenes: await listFrames(folder, SCENES),
    sound: soundEnd > 0 ? SOUND : null,
    verdict: {
      checked: checkFrames,
      ...(checkFrames
        ? judgeFrames(probe, log, reached)
        : { broken: false, reason: null, decodedFrames, errors: 0, lastTime: lastFrame.time }),
    },
  };
  const draft = join(folder, `${PROXY_FILE}.tmp`);
  await writeFile(draft, JSON.stringify(proxy));
  await rename(draft, join(folder, PROXY_FILE));
  return proxy;
}

/** Seconds of video that any time is given for, whatever a file says of itself: a day. */
const LONGEST = 86_400;
/** Seconds of video that are looked at past the end that the file states: more than any rounds its own. */
const PAST_END = 10;
/** Bytes that a proxy may have, of which an ordinary one has a tenth. */
const PROXY_BASE = 256 * 1024 ** 2;
const PROXY_BYTES_PER_HOUR = 2 * 1024 ** 3;

/** A full disk, which ffmpeg may pass over: it ends well, and frames are missing. */
const FULL = /No space left on device|Disk quota exceeded/;
// Faults of this machine, which say nothing about the file.
const OURS = /Permission denied|Input\/output error|Read-only file system|Too many open files/;
// There is a limit of memory, far below what a machine with the service has.
const NO_MEMORY = /Cannot allocate memory/;

/**
 * Decodes key frames only; null where they are too far apart. That is found out meanwhile: to start one program after
 * the other takes a tenth of the time in which the key frames of a minute are decoded.
 */
async function runOnKeyFrames(
  { ffmpeg, ffprobe }: Decoder,
  settings: Omit<DecodeSettings, 'keyFramesOnly'>,
  probe: Probe,
  options: DecodeOptions,
): Promise<DecoderSummary | null> {
  const giveUp = new AbortController();
  let areDense = false;
  const onProgress = (seconds: number) => {
    // Of a run that is thrown away nobody hears.
    if (areDense) options.onProgress?.(seconds);
  };
  const signal = AbortSignal.any([giveUp.signal, ...(options.signal ? [options.signal] : [])]);
  const looking = hasDenseKeyFrames(ffprobe, settings, signal);
  const decoding = run(ffmpeg, { ...settings, keyFramesOnly: true }, probe, { ...options, signal, onProgress });
  looking.then(
    (found) => {
      areDense = found;
      if (!found) giveUp.abort();
    },
    (error) => giveUp.abort(error),
  );
  const [found] = await Promise.allSettled([looking, decoding]);
  if (found.status === 'rejected') throw found.reason;
  return found.value ? decoding : null;
}

/** Where a second run follows the first, it begins again. */
function onlyForwards(tell: (seconds: number) => void = () => {}): (seconds: number) => void {
  let furthest = 0;
  return (seconds) => {
    if (seconds <= furthest) return;
    furthest = seconds;
    tell(seconds);
  };
}

async function run(
  tool: CagedTool,
  settings: DecodeSettings,
  probe: Probe,
  options: DecodeOptions,
): Promise<DecoderSummary> {
  const { folder, signal, onProgress, timeout = 120 + 4 * Math.min(probe.duration, LONGEST) } = options;
  for (const name of [FRAMES, SCENES, SOUND]) await rm(join(folder, name), { recursive: true, force: true });
  for (const name of [FRAMES, SCENES]) await mkdir(join(folder, name));
  const log = createDecoderLog(settings.video.stream, settings.container.cutAnywhere);
  const most = PROXY_BASE + (PROXY_BYTES_PER_HOUR * probe.duration) / 3600;
  const output = createOutputWatch(folder, { folders: [FRAMES, SCENES], file: SOUND }, most);
  let done = 0;
  const code = await runFfmpeg(tool, composeDecode(settings), {
    timeout,
    folder,
    signal: signal ? AbortSignal.any([signal, output.signal]) : output.signal,
    onStderr: log.read,
    onStdout: (line) => {
      if (line.startsWith('progress=')) void output.look();
      const time = progressTime(line);
      done = Math.max(done, time);
      onProgress?.(time);
    },
  });
  const { summary } = log;
  const find = (pattern: RegExp) => summary.lastErrors.find((line) => pattern.test(line));
  const ours = find(FULL) ?? (code === 0 ? undefined : find(OURS));
  if (ours !== undefined) throw new Error(`ffmpeg ended with code ${code}: ${ours}`);
  if (code === 0) return summary;
  if (find(NO_MEMORY)) throw new UnreadableMediaError('The file needs more memory than a decoder may have');
  // Of late ffmpeg also ends with a code when much of the file was damaged; that is for the verdict.
  if (summary.reason === null && done > 0) {
    throw new UnreadableMediaError('The file makes the decoder give up before its end');
  }
  return summary;
}

// Frames are named by their time in milliseconds.
async function listFrames(folder: string, name: string): Promise<ProxyFrame[]> {
  const files = (await readdir(join(folder, name))).filter((file) => /^-?\d+\.jpg$/.test(file));
  return files
    .map((file) => ({ time: Math.max(0, Number.parseInt(file, 10) / 1000), file: `${name}/${file}` }))
    .sort((one, other) => one.time - other.time);
}

function covers(frames: ProxyFrame[], duration: number, interval: number): boolean {
  const times = [0, ...frames.map((frame) => frame.time), duration - interval];
  return frames.length > 0 && times.every((time, at) => at === 0 || time - (times[at - 1] ?? 0) <= 1.5 * interval);
}
