import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../../src/media/tools.ts';

/*
 * Videos made by ffmpeg, once: each is kept under a name that is the hash of its recipe, and comes into place by a
 * rename, so that tests in several processes may ask for the same one at the same time.
 */
const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/reelgraph-test/clips');
const run = promisify(execFile);
const made = new Map<string, Promise<string>>();

export interface ClipOptions {
  seconds?: number;
  width?: number;
  height?: number;
  fps?: number;
  /** Sound as a tone: mono, none, or in six channels. */
  audio?: boolean | '5.1';
  /** How many scenes, of equal length and clearly different. */
  scenes?: number;
  /** Seconds between key frames. */
  keyFrames?: number;
  /** File name ending, which chooses the container: mp4 (index in front), mkv, webm, avi, ts, mov. */
  format?: string;
}

const SCENES = ['testsrc2', 'smptebars', 'mandelbrot', 'rgbtestsrc', 'yuvtestsrc', 'smptehdbars'];

/** A clip of test patterns with a tone: unless told 16 s of 640x360 in H.264 at 24 frames a second, in one scene. */
export function makeClip(options: ClipOptions = {}): Promise<string> {
  const { seconds = 16, width = 640, height = 360, fps = 24, audio = true, scenes = 1, keyFrames = 2 } = options;
  const format = options.format ?? 'mp4';
  const inputs = Array.from({ length: scenes }, (_, at) => {
    const source = SCENES[at % SCENES.length] ?? 'testsrc2';
    return ['-f', 'lavfi', '-t', String(seconds / scenes), '-i', `${source}=size=${width}x${height}:rate=${fps}`];
  });
  const joined = inputs.map((_, at) => `[${at}:v]format=yuv420p,setsar=1[v${at}]`).join(';');
  const labels = inputs.map((_, at) => `[v${at}]`).join('');
  const channels = audio === '5.1' ? 6 : 1;
  return make(`clip.${format}`, (output) => [
    ...inputs.flat(),
    ...(audio ? ['-f', 'lavfi', '-t', String(seconds), '-i', 'sine=frequency=440:sample_rate=48000'] : []),
    ...['-filter_complex', `${joined};${labels}concat=n=${scenes}[v]`, '-map', '[v]'],
    ...(audio ? ['-map', `${scenes}:a`, '-ac', String(channels), ...soundCodec(format)] : []),
    ...[...pictureCodec(format), '-g', String(Math.round(keyFrames * fps)), ...container(format), output],
  ]);
}

/** A clip that shows photographs (any format that ffmpeg reads) one after another, with a tone. */
export function makePhotoClip(
  photos: { path: string; seconds: number }[],
  { width = 640, height = 360, fps = 24 } = {},
): Promise<string> {
  const total = photos.reduce((sum, photo) => sum + photo.seconds, 0);
  const fit =
    `scale=${width}:${height}:force_original_aspect_ratio=decrease,` +
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,format=yuv420p,setsar=1`;
  const joined = photos.map((_, at) => `[${at}:v]${fit}[v${at}];`).join('');
  const labels = photos.map((_, at) => `[v${at}]`).join('');
  return make('photos.mp4', (output) => [
    ...photos.flatMap(({ path, seconds }) => ['-loop', '1', '-r', String(fps), '-t', String(seconds), '-i', path]),
    ...['-f', 'lavfi', '-t', String(total), '-i', 'sine=frequency=440:sample_rate=48000'],
    ...[
      '-filter_complex',
      `${joined}${labels}concat=n=${photos.length}[v]`,
      '-map',
      '[v]',
      '-map',
      `${photos.length}:a`,
    ],
    ...[...pictureCodec('mp4'), '-g', String(2 * fps), ...soundCodec('mp4'), ...container('mp4'), output],
  ]);
}

/** What ffmpeg makes of `inputs` (`-i` and its options) with the output options. */
export function convertClip(name: string, inputs: string[], options: string[]): Promise<string> {
  return make(name, (output) => [...inputs, ...options, output]);
}

/** A file made from another's bytes. */
export function editClip(name: string, source: string, edit: (bytes: Buffer) => Buffer): Promise<string> {
  // The edit's own text is part of the recipe, so it must not depend on anything around it.
  return keep(name, `${source} ${edit}`, async (path) => writeFile(path, edit(await readFile(source))));
}

/** A file of these bytes. */
export function writeClip(name: string, bytes: string | Buffer): Promise<string> {
  return keep(name, createHash('sha256').update(bytes).digest('hex'), (path) => writeFile(path, bytes));
}

/** The clips that validation has to refuse, by what is wrong with them. */
export const brokenClips = {
  /** The index is in front, and the last half of the pictures is not there. */
  cutOff: async () => editClip('cut-off.mp4', await makeClip(), (bytes) => bytes.subarray(0, bytes.length / 2)),
  /** Cut off, and the index was at the end. */
  withoutIndex: async () => {
    const whole = await convertClip('index-last.mp4', ['-i', await makeClip()], ['-c', 'copy']);
    return editClip('without-index.mp4', whole, (bytes) => bytes.subarray(0, bytes.length / 2));
  },
  /** Bytes in the middle of the pictures are overwritten. */
  corruptMiddle: async () =>
    editClip('corrupt-middle.mp4', await makeClip(), (bytes) => {
      const middle = Math.floor(bytes.length / 2);
      for (let at = middle; at < middle + 20_000; at++) bytes[at] = (at * 7919) % 251;
      return bytes;
    }),
  empty: () => writeClip('empty.mp4', ''),
  text: () => writeClip('text.mp4', 'This is no video, whatever its name says.\n'.repeat(100)),
  /** A playlist of another file, which ffmpeg would follow. */
  playlist: () =>
    writeClip('playlist.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/hostname\n#EXT-X-ENDLIST\n'),
  concatScript: () => writeClip('concat.mp4', "ffconcat version 1.0\nfile '/etc/hostname'\n"),
  audioOnly: async () => convertClip('audio-only.mp4', ['-i', await makeClip()], ['-vn', '-c', 'copy']),
  silent: () => makeClip({ audio: false }),
  tooShort: () => makeClip({ seconds: 3 }),
  tooSmall: () => makeClip({ width: 320, height: 240 }),
  tooLarge: () => makeClip({ width: 1920, height: 1080 }),
};

function make(name: string, compose: (output: string) => string[]): Promise<string> {
  return keep(name, JSON.stringify(compose('OUT')), async (path) => {
    const { path: ffmpeg } = await findTool('ffmpeg', undefined, process.env.PATH ?? '');
    await run(ffmpeg, ['-v', 'error', '-nostdin', '-y', ...compose(path)], { maxBuffer: 2 ** 24 });
  });
}

function keep(name: string, recipe: string, write: (path: string) => Promise<void>): Promise<string> {
  const key = createHash('sha256').update(recipe).digest('hex').slice(0, 16);
  const path = join(FOLDER, `${key}-${name}`);
  const pending = made.get(path) ?? makeOnce(path, name, write);
  made.set(path, pending);
  return pending;
}

async function makeOnce(path: string, name: string, write: (path: string) => Promise<void>): Promise<string> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return path;
  await mkdir(FOLDER, { recursive: true });
  const draft = join(FOLDER, `${randomUUID()}-${name}`);
  try {
    await write(draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

function pictureCodec(format: string): string[] {
  // In real time what it encodes depends on how busy the machine is.
  if (format === 'webm') return ['-c:v', 'libvpx', '-deadline', 'good', '-cpu-used', '8', '-b:v', '1M'];
  if (format === 'avi') return ['-c:v', 'mpeg4', '-q:v', '5'];
  return ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26'];
}

function soundCodec(format: string): string[] {
  if (format === 'webm') return ['-c:a', 'libopus'];
  if (format === 'avi') return ['-c:a', 'libmp3lame'];
  return ['-c:a', 'aac'];
}

function container(format: string): string[] {
  return format === 'mp4' || format === 'mov' ? ['-movflags', '+faststart'] : [];
}
