import { delimiter } from 'node:path';
import { type DecodeOptions, decodeFile } from './decode.ts';
import { createDecodeLimit } from './decode-limit.ts';
import { type Probe, probeFile } from './probe.ts';
import type { MediaProxy } from './proxy.ts';
import { readSoundPart, type SoundPart } from './sound.ts';
import { findTool, hasFilter, hasOption, type Tool } from './tools.ts';

export type { DecodeOptions } from './decode.ts';
export { MediaTimeoutError, UnreadableMediaError } from './errors.ts';
export type { Probe } from './probe.ts';
export { type MediaProxy, type ProxyFrame, readProxy } from './proxy.ts';
export type { Tool } from './tools.ts';

/** ffmpeg and ffprobe, bound to the programs that were found at the start. */
export interface Media {
  tools: { ffmpeg: Tool; ffprobe: Tool };
  /**
   * Reads what a file says about itself. Rejects with `UnreadableMediaError` (no video container, empty, cut off before
   * its table of contents), `MediaTimeoutError`, or the signal's reason.
   */
  probe(file: string, options?: { signal?: AbortSignal }): Promise<Probe>;
  /**
   * Decodes a file once into a proxy in `options.folder`. Rejects with `UnreadableMediaError` when no frame can be
   * decoded, `MediaTimeoutError`, the signal's reason, or a plain error when the fault is not the file's.
   */
  decode(file: string, probe: Probe, options: DecodeOptions): Promise<MediaProxy>;
  /**
   * The samples (mono, -1 to 1) of a part of a proxy's sound, as far as it goes. Rejects with `MediaTimeoutError`, the
   * signal's reason, or a plain error.
   */
  readSound(folder: string, part: SoundPart, options?: { signal?: AbortSignal }): Promise<Float32Array>;
}

export interface MediaOptions {
  /** Programs to use instead of the system's; one that does not work is an error. */
  ffmpegPath?: string;
  ffprobePath?: string;
  /** Folders to look for the system's programs in, as in PATH; unless told, those where systems put programs. */
  searchPath?: string;
  /** Decodes at once; others wait. Unless told as many as are asked for. */
  decodes?: number;
  /** Threads of ffmpeg's decoders; unless told as many as ffmpeg thinks right. */
  threads?: number;
}

// Of Linux and BSD, of snaps, Homebrew and MacPorts.
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/snap/bin', '/opt/homebrew/bin', '/opt/local/bin'];

/** Finds the tools: a setting, else the system's, else the builds from npm. Rejects when one cannot be used. */
export async function createMedia(options: MediaOptions = {}): Promise<Media> {
  const searchPath = options.searchPath ?? SYSTEM_FOLDERS.join(delimiter);
  const ffmpeg = await findTool('ffmpeg', options.ffmpegPath, searchPath);
  const ffprobe = await findTool('ffprobe', options.ffprobePath, searchPath);
  const decoder = {
    ffmpeg: ffmpeg.path,
    ffprobe: ffprobe.path,
    timesOption: (await hasOption(ffmpeg.path, 'fps_mode')) ? 'fps_mode' : 'vsync',
    dropsRepeats: await hasFilter(ffmpeg.path, 'mpdecimate'),
    threads: options.threads ?? 0,
  };
  const limit = createDecodeLimit(options.decodes ?? Number.POSITIVE_INFINITY);
  return {
    tools: { ffmpeg, ffprobe },
    probe: (file, { signal } = {}) => probeFile(ffprobe.path, file, signal),
    decode: (file, probe, decodeOptions) =>
      limit(() => decodeFile(decoder, file, probe, decodeOptions), decodeOptions.signal),
    readSound: (folder, part, { signal } = {}) => readSoundPart(ffmpeg.path, folder, part, signal),
  };
}
