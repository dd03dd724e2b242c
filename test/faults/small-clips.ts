import { readFile } from 'node:fs/promises';
import { convertClip } from '../helpers/clips.ts';

const INPUTS = [
  '-f',
  'lavfi',
  '-t',
  '1.5',
  '-i',
  'testsrc2=size=160x120:rate=12',
  '-f',
  'lavfi',
  '-t',
  '1.5',
  '-i',
  'sine',
];

/** A clip in every container that is taken, and in several codecs, by the file name's ending. */
const FORMATS: Record<string, string[]> = {
  mp4: ['-c:v', 'libx264', '-c:a', 'aac', '-movflags', '+faststart'],
  'last.mp4': ['-c:v', 'libx265', '-x265-params', 'log-level=error', '-c:a', 'aac'],
  'fragments.mp4': ['-c:v', 'libx264', '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov'],
  mov: ['-c:v', 'mjpeg', '-c:a', 'pcm_s16le'],
  mkv: ['-c:v', 'libx264', '-c:a', 'flac'],
  'ffv1.mkv': ['-c:v', 'ffv1', '-c:a', 'libvorbis'],
  webm: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
  'vp9.webm': ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
  avi: ['-c:v', 'mpeg4', '-c:a', 'libmp3lame'],
  ts: ['-c:v', 'libx264', '-c:a', 'aac'],
  'mpeg2.ts': ['-c:v', 'mpeg2video', '-c:a', 'mp2'],
  mpg: ['-c:v', 'mpeg2video', '-c:a', 'mp2'],
  flv: ['-c:v', 'flv', '-c:a', 'libmp3lame', '-ar', '44100'],
  ogv: ['-c:v', 'libtheora', '-c:a', 'libvorbis', '-ac', '2'],
  wmv: ['-c:v', 'wmv2', '-c:a', 'wmav2'],
};

/** Clips of one and a half seconds and 160 x 120 pixels. */
export async function makeSmallClips(): Promise<{ format: string; bytes: Buffer }[]> {
  const formats = Object.entries(FORMATS);
  const made = formats.map(([format, codecs]) =>
    convertClip(`small.${format}`, INPUTS, [
      '-pix_fmt',
      format === 'mov' ? 'yuvj420p' : 'yuv420p',
      '-g',
      '6',
      ...codecs,
    ]),
  );
  const files = await Promise.all(made.map(async (clip) => readFile(await clip)));
  return formats.map(([format], at) => ({ format, bytes: files[at] ?? Buffer.alloc(0) }));
}
