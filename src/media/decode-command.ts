import type { Container } from './container.ts';
import type { Command } from './ffmpeg.ts';
import { SCENE_INTERVAL, sampleFilter, sceneFilter, soundFilter } from './filters.ts';
import { decodeOptions } from './input-options.ts';
import type { Probe } from './probe.ts';

/** Names inside a proxy's folder. */
export const FRAMES = 'frames';
export const SCENES = 'scenes';
export const SOUND = 'sound.flac';

const SPARE_FRAMES = 100;

export interface DecodeSettings {
  file: string;
  container: Container;
  video: NonNullable<Probe['video']>;
  audio: Probe['audio'];
  /** Seconds between two sampled frames. */
  frameInterval: number;
  keyFramesOnly: boolean;
  /** The option that lets every frame keep its own time: `fps_mode`, or `vsync` before ffmpeg 5.1. */
  timesOption: string;
  /** Whether ffmpeg has `mpdecimate`, which builds without GPL code lack: there a picture that stands still is kept again. */
  dropsRepeats: boolean;
  /** Seconds of the video at which all outputs end, whatever comes after. */
  end: number;
  /** Threads of each decoder. */
  threads: number;
}

/** Composes the one ffmpeg run that leaves frames named by their milliseconds, scenes, and the sound. */
export function composeDecode(settings: DecodeSettings): Command {
  const { file, container, video, audio, timesOption } = settings;
  const pictures = (filter: string, interval: number, folder: string, quality: number) => ({
    target: `${folder}/%09d.jpg`,
    options: [
      ...['-map', `0:${video.stream}`, '-vf', filter, `-${timesOption}`, 'passthrough', '-enc_time_base', '1:1000'],
      ...['-c:v', 'mjpeg', '-q:v', String(quality), '-f', 'image2', '-frame_pts', '1'],
      // All filters run in one thread, which is what a decode waits for: so others write the pictures, and by the standard's
      // tables, as tables for each take ffmpeg 3 % more processor time and spare 4 to 12 % of the bytes.
      ...['-threads', '2', '-huffman', 'default'],
      // Twice as many as there are intervals: where the size of the pictures changes there is one more.
      ...['-frames:v', String(Math.ceil((2 * settings.end) / interval) + SPARE_FRAMES)],
    ],
  });
  const outputs = [
    pictures(sampleFilter(video, settings.frameInterval, settings.end), settings.frameInterval, FRAMES, 4),
    pictures(sceneFilter(video, settings.dropsRepeats, settings.end), SCENE_INTERVAL, SCENES, 3),
  ];
  if (audio !== null && audio.codec !== 'unknown' && audio.sampleRate > 0) {
    const options = ['-map', `0:${audio.stream}`, '-af', soundFilter(settings.end), '-c:a', 'flac', '-f', 'flac'];
    outputs.push({ target: SOUND, options });
  }
  return {
    file,
    inputOptions: [
      ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'repeat+level+verbose', '-progress', 'pipe:1'],
      ...['-threads', String(settings.threads), '-filter_threads', String(settings.threads)],
      ...(settings.keyFramesOnly ? ['-skip_frame', 'nokey'] : []),
      ...decodeOptions(container),
    ],
    outputs,
  };
}
