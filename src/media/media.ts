import { availableParallelism, tmpdir } from 'node:os';
import { delimiter } from 'node:path';
import type { CageKind } from './cage.ts';
import { detectContainer } from './container.ts';
import { type DecodeOptions, decodeFile } from './decode.ts';
import { createDecodeLimit } from './decode-limit.ts';
import { findCage } from './find-cage.ts';
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
  /** What keeps them from the rest of the machine: the tightest that works here. */
  cage: CageKind;
  /** What a browser is to take a file for, by its first bytes. Rejects with `UnreadableMediaError` for what is no video. */
  mediaType(file: string): Promise<string>;
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
  /** An existing folder for the files of a run, each in one of its own; unless told, the system's for such. */
  folder?: string;
  /** Threads of ffmpeg's decoders; unless told one for each processor, up to 8. */
  threads?: number;
}

// With more, each of which holds frames, a decode is not faster: by then it waits for its filters.
const MOST_THREADS = 8;

// Of Linux and BSD, of snaps, Homebrew and MacPorts.
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/snap/bin', '/opt/homebrew/bin', '/opt/local/bin'];

/** Finds the tools: a setting, else the system's, else the builds from npm. Rejects when one cannot be used. */
export async function createMedia(options: MediaOptions = {}): Promise<Media> {
  const searchPath = options.searchPath ?? SYSTEM_FOLDERS.join(delimiter);
  const ffmpeg = await findTool('ffmpeg', options.ffmpegPath, searchPath);
  const ffprobe = await findTool('ffprobe', options.ffprobePath, searchPath);
  const cage = await findCage({ ffmpeg: ffmpeg.path, ffprobe: ffprobe.path }, options.folder ?? tmpdir());
  const caged = { ffmpeg: { path: ffmpeg.path, cage }, ffprobe: { path: ffprobe.path, cage } };
  const decoder = {
    ...caged,
    timesOption: (await hasOption(ffmpeg.path, 'fps_mode')) ? 'fps_mode' : 'vsync',
    dropsRepeats: await hasFilter(ffmpeg.path, 'mpdecimate'),
    threads: options.threads ?? Math.min(availableParallelism(), MOST_THREADS),
  };
  const limit = createDecodeLimit(options.decodes ?? Number.POSITIVE_INFINITY);
  return {
    tools: { ffmpeg, ffprobe },
    cage: cage.kind,
    mediaType: async (file) => (await detectContainer(file)).mediaType,
    probe: (file, { signal } = {}) => probeFile(caged, file, signal),
    decode: (file, probe, decodeOptions) =>
      limit(() => decodeFile(decoder, file, probe, decodeOptions), decodeOptions.signal),
    readSound: (folder, part, { signal } = {}) => readSoundPart(caged.ffmpeg, folder, part, signal),
  };
}
