import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { runTool } from '../media/ffmpeg.ts';
import type { Scene } from './scenes.ts';

const SECONDS_PER_SCENE = 4;
const FRAME_RATE = 24;
const [WIDTH, HEIGHT] = [1280, 720];
/** The picture that the camera moves over is this much larger than a frame. */
const MARGIN = 1.15;
/** A tone for each scene, in Hz: notes of a major chord, repeated. */
const TONES = [262, 330, 392, 523, 659];
// H.264 is missing where a distribution has left it out; every ffmpeg has MPEG-4 part 2.
const ENCODERS = [
  ['libx264', '-preset', 'veryfast', '-crf', '20'],
  ['mpeg4', '-q:v', '3'],
];

/**
 * Makes a clip that shows each scene for four seconds, with a slow camera and a tone of its own: MP4, 1280 by 720, 24
 * frames a second. Takes any ffmpeg since 2018, as it needs neither fonts nor pictures from elsewhere.
 */
export async function makeClip(
  ffmpeg: string,
  scenes: readonly Scene[],
  output: string,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const folder = await mkdtemp(`${output}-`);
  try {
    for (const [at, scene] of scenes.entries()) await drawScene(scene, MARGIN).toFile(join(folder, `${at}.png`));
    await encode(ffmpeg, scenes.length, folder, output, options.signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A scene as a picture of the clip's size, or larger by `zoom`. */
export function drawScene({ svg }: Scene, zoom = 1): Sharp {
  return sharp(Buffer.from(svg), { density: 72 * zoom }).resize(Math.round(WIDTH * zoom), Math.round(HEIGHT * zoom));
}

async function encode(
  ffmpeg: string,
  count: number,
  folder: string,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scenes = Array.from({ length: count }, (_, at) => at);
  const pictures = scenes.flatMap((at) => ['-framerate', String(FRAME_RATE), '-i', `${at}.png`]);
  const tones = scenes.flatMap((at) => [
    ...['-f', 'lavfi', '-t', String(SECONDS_PER_SCENE)],
    ...['-i', `sine=frequency=${TONES[at % TONES.length]}:sample_rate=48000`],
  ]);
  const filters = [
    ...scenes.map((at) => `[${at}:v]format=yuv420p,${cameraMove(at)},setsar=1[v${at}]`),
    `${scenes.map((at) => `[v${at}][${count + at}:a]`).join('')}concat=n=${count}:v=1:a=1[picture][loud]`,
    '[loud]volume=0.3[sound]',
  ];
  const common = ['-map', '[picture]', '-map', '[sound]', '-c:a', 'aac', '-g', '48', '-movflags', '+faststart'];
  let complaints: string[] = [];
  for (const encoder of ENCODERS) {
    complaints = [];
    const graph = ['-filter_complex', filters.join(';')];
    const args = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', ...pictures, ...tones, ...graph, ...common];
    const code = await runTool(ffmpeg, [...args, '-c:v', ...encoder, output], {
      timeout: 300,
      folder,
      signal,
      onStderr: (line) => complaints.push(line),
    });
    if (code === 0) return;
  }
  throw new Error(`${ffmpeg} could not make the clip: ${complaints.at(-1) ?? 'it does not say why'}`);
}

/** The camera wanders over the larger picture from one side to the other, by turns. */
function cameraMove(at: number): string {
  const done = `(t/${SECONDS_PER_SCENE})`;
  const across = at % 2 === 0 ? done : `(1-${done})`;
  const still = `loop=loop=${SECONDS_PER_SCENE * FRAME_RATE - 1}:size=1:start=0`;
  return `${still},crop=${WIDTH}:${HEIGHT}:x='(iw-ow)*${across}':y='(ih-oh)*${done}'`;
}
