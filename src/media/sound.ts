import { join } from 'node:path';
import { SOUND } from './decode-command.ts';
import { type CagedTool, runFfmpeg } from './ffmpeg.ts';

/** A part of a sound: from and to in seconds, and the samples a second that are wanted. */
export interface SoundPart {
  start: number;
  end: number;
  sampleRate: number;
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Decodes a part of a proxy's sound. Resolves and rejects as `Media.readSound` does. */
export async function readSoundPart(
  ffmpeg: CagedTool,
  folder: string,
  { start, end, sampleRate }: SoundPart,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const from = Math.max(0, start);
  const most = Math.round((end - from) * sampleRate);
  if (!(most > 0)) return new Float32Array();
  const samples = new Float32Array(most);
  const bytes = Buffer.from(samples.buffer);
  let filled = 0;
  let fault = '';
  const command = {
    file: join(folder, SOUND),
    inputOptions: [
      ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-ss', from.toFixed(6), '-t', (end - from).toFixed(6)],
      ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', 'flac', '-f', 'flac'],
    ],
    outputs: [
      { target: 'pipe:1', options: ['-ac', '1', '-ar', String(sampleRate), '-c:a', 'pcm_f32le', '-f', 'f32le'] },
    ],
  };
  const code = await runFfmpeg(ffmpeg, command, {
    timeout: 60 + (end - from),
    signal,
    onBytes: (chunk) => {
      filled += chunk.copy(bytes, filled);
    },
    onStderr: (line) => {
      fault ||= line;
    },
  });
  if (code !== 0) throw new Error(`ffmpeg ended with code ${code} on the sound of a proxy: ${fault}`);
  return samples.subarray(0, Math.floor(filled / BYTES));
}
