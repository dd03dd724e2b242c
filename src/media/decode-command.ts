import type { Container } from './container.ts';
import type { Command } from './ffmpeg.ts';
import { sampleFilter, sceneFilter } from './filters.ts';
import { inputOptions, type Probe } from './probe.ts';

/** Names inside a proxy's folder. */
export const FRAMES = 'frames';
export const SCENES = 'scenes';
export const SOUND = 'sound.flac';

const SOUND_RATE = 16_000;

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
  /** Threads of each decoder; 0 leaves that to ffmpeg. */
  threads: number;
}

/** Composes the one ffmpeg run that leaves frames named by their milliseconds, scenes, and the sound. */
export function composeDecode(settings: DecodeSettings): Command {
  const { file, container, video, audio, timesOption } = settings;
  const pictures = (filter: string, folder: string, quality: number) => ({
    target: `${folder}/%09d.jpg`,
    options: [
      ...['-map', `0:${video.stream}`, '-vf', filter, `-${timesOption}`, 'passthrough', '-enc_time_base', '1:1000'],
      ...['-c:v', 'mjpeg', '-q:v', String(quality), '-f', 'image2', '-frame_pts', '1'],
    ],
  });
  const outputs = [
    pictures(sampleFilter(video, settings.frameInterval), FRAMES, 4),
    pictures(sceneFilter(video, settings.dropsRepeats), SCENES, 3),
  ];
  if (audio !== null && audio.codec !== 'unknown' && audio.sampleRate > 0) {
    // Sample 0 is time 0: a late start and gaps are filled with silence.
    const resample = ['-af', `aresample=${SOUND_RATE}:async=1:first_pts=0`, '-ac', '1', '-sample_fmt', 's16'];
    outputs.push({ target: SOUND, options: ['-map', `0:${audio.stream}`, ...resample, '-c:a', 'flac', '-f', 'flac'] });
  }
  return {
    file,
    inputOptions: [
      ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'repeat+level+verbose', '-progress', 'pipe:1'],
      ...(settings.threads > 0 ? ['-threads', String(settings.threads)] : []),
      ...(settings.keyFramesOnly ? ['-skip_frame', 'nokey'] : []),
      ...inputOptions(container),
    ],
    outputs,
  };
}
