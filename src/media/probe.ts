import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { type Container, detectContainer } from './container.ts';
import { UnreadableMediaError } from './errors.ts';
import { type CagedTool, runFfmpeg, runFfprobe } from './ffmpeg.ts';
import { decodeOptions, probeOptions } from './input-options.ts';
import { progressTime } from './progress.ts';

/** What a file says about itself. Times in seconds, sizes in bytes and pixels. */
export interface Probe {
  /** ffmpeg's name of the container, as in `mov` or `matroska`. */
  format: string;
  duration: number;
  size: number;
  /** Width and height as displayed, with rotation and pixel shape applied. A cover picture is not a video. */
  video: {
    stream: number;
    codec: string;
    width: number;
    height: number;
    fps: number | null;
    frames: number | null;
  } | null;
  audio: { stream: number; codec: string; channels: number; sampleRate: number } | null;
  /** Until when the container promises picture or sound; absent where it does not, or only estimates it. */
  promisedEnd?: number;
}

/** The programs that look at a file. */
export interface ProbeTools {
  ffmpeg: CagedTool;
  ffprobe: CagedTool;
}

const PROBE_TIMEOUT = 60;
const LONGEST_ANSWER = 1_000_000;

const seconds = z
  .union([z.string().transform(Number), z.number(), z.null().transform(() => Number.NaN)])
  .catch(Number.NaN);
const ratio = z
  .string()
  .transform((text) => {
    const [top = 0, bottom = 0] = text.split(/[:/]/).map(Number);
    return top > 0 && bottom > 0 ? top / bottom : null;
  })
  .nullable()
  .catch(null);
// Matroska keeps the duration of a stream in a tag, as 00:00:30.041000000.
const clockTime = z
  .string()
  .transform((text) => text.split(':').reduce((sum, part) => sum * 60 + Number.parseFloat(part), 0))
  .catch(Number.NaN);
const answer = z.object({
  streams: z
    .array(
      z.object({
        index: z.number(),
        codec_type: z.string().default('unknown'),
        codec_name: z.string().default('unknown'),
        width: z.number().default(0),
        height: z.number().default(0),
        sample_aspect_ratio: ratio,
        avg_frame_rate: ratio,
        r_frame_rate: ratio,
        nb_frames: z.coerce.number().int().positive().nullable().catch(null),
        duration: seconds,
        channels: z.number().default(0),
        sample_rate: z.coerce.number().default(0),
        disposition: z.object({ default: z.number().default(0), attached_pic: z.number().default(0) }).prefault({}),
        tags: z
          .object({ rotate: z.coerce.number().catch(0), DURATION: clockTime })
          .prefault({ rotate: 0, DURATION: '' }),
        side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
      }),
    )
    .default([]),
  format: z.object({ start_time: seconds, duration: seconds }).prefault({ start_time: null, duration: null }),
});
type Stream = z.infer<typeof answer>['streams'][number];

const ENTRIES = [
  'stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,nb_frames,duration,channels,sample_rate',
  'stream_disposition=default,attached_pic',
  'stream_tags=rotate,DURATION',
  'stream_side_data=rotation',
  'format=start_time,duration',
].join(':');

/**
 * Reads a file's own description. Rejects with an `UnreadableMediaError` when the file is no video container or cannot
 * be read as one, with a `MediaTimeoutError` when that takes over a minute, and with the signal's reason.
 */
export async function probeFile(tools: ProbeTools, file: string, signal?: AbortSignal): Promise<Probe> {
  const container = await detectContainer(file);
  const { streams, format } = await askStreams(tools.ffprobe, file, container, signal);
  if (streams.length === 0) throw new UnreadableMediaError('The file has neither video nor audio in it');
  const video = pick(streams, (stream) => stream.codec_type === 'video' && !stream.disposition.attached_pic);
  const audio = pick(streams, (stream) => stream.codec_type === 'audio');
  const lengths = [video, audio].flatMap((stream) => (stream ? [stream.duration, stream.tags.DURATION] : []));
  const known = lengths.filter((length) => length > 0);
  // The whole of the file also counts subtitles and data, which may go on when picture and sound have ended.
  const onlyMedia = streams.every((stream) => stream.codec_type === 'video' || stream.codec_type === 'audio');
  const promisedEnd = known.length > 0 ? Math.max(...known) : onlyMedia ? format.duration : Number.NaN;
  const stated = [format.duration, ...known].find((length) => length > 0);
  return {
    format: container.demuxer,
    duration: stated ?? (await measureDuration(tools.ffmpeg, file, container, signal)),
    size: (await stat(file)).size,
    video: video && video.width > 0 && video.height > 0 ? describeVideo(video) : null,
    audio: audio
      ? { stream: audio.index, codec: audio.codec_name, channels: audio.channels, sampleRate: audio.sample_rate }
      : null,
    ...(container.statesDuration && promisedEnd > 0 ? { promisedEnd } : {}),
  };
}

/** What ffprobe says of a file that it cannot open, in plain words. */
const FAULTS: readonly { line: RegExp; reason: string }[] = [
  { line: /moov atom not found/, reason: 'its table of contents (moov) is missing' },
  { line: /Number of streams exceeds/, reason: 'it has too many streams' },
  { line: /exceeds specified max pixel count|Picture size .* is invalid/, reason: 'its picture has too many pixels' },
  { line: /Codec \(\w+\) not on whitelist/, reason: 'its codec is none that is taken' },
  { line: /Cannot allocate memory|Failed to allocate/i, reason: 'it takes too much memory' },
];

async function askStreams(ffprobe: CagedTool, file: string, container: Container, signal?: AbortSignal) {
  let text = '';
  let fault: string | null = null;
  const args = ['-v', 'repeat+error', ...probeOptions(container), '-show_entries', ENTRIES, '-of', 'json'];
  const code = await runFfprobe(ffprobe, args, file, {
    timeout: PROBE_TIMEOUT,
    signal,
    onStdout: (line) => {
      if (text.length < LONGEST_ANSWER) text += line;
    },
    onStderr: (line) => {
      fault ??= FAULTS.find((candidate) => candidate.line.test(line))?.reason ?? null;
    },
  });
  if (code !== 0) throw new UnreadableMediaError(`The file cannot be read as a video: ${fault ?? 'it is damaged'}`);
  if (text.length >= LONGEST_ANSWER) throw new UnreadableMediaError('The file has too many streams');
  return answer.parse(JSON.parse(text));
}

function pick(streams: Stream[], wanted: (stream: Stream) => boolean): Stream | undefined {
  const candidates = streams.filter(wanted);
  return candidates.find((stream) => stream.disposition.default) ?? candidates[0];
}

function describeVideo(stream: Stream) {
  const shape = stream.sample_aspect_ratio ?? 1;
  // Encoders write shapes such as 1280:1281 where a size could not be exact; those pixels are meant to be square.
  const width = Math.abs(shape - 1) < 0.02 ? stream.width : Math.round(stream.width * shape);
  const rotation = stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? stream.tags.rotate;
  const upright = Math.abs(Math.round(rotation / 90)) % 2 === 0;
  const fps = [stream.avg_frame_rate, stream.r_frame_rate].find((rate) => rate !== null && rate <= 1000) ?? null;
  return {
    stream: stream.index,
    codec: stream.codec_name,
    width: upright ? width : stream.height,
    height: upright ? stream.height : width,
    fps,
    frames: stream.nb_frames,
  };
}

// A recording of a browser says no duration: it is where the last packet ends.
async function measureDuration(
  ffmpeg: CagedTool,
  file: string,
  container: Container,
  signal?: AbortSignal,
): Promise<number> {
  let end = 0;
  const inputOptions = ['-hide_banner', '-nostdin', '-v', 'quiet', '-progress', 'pipe:1', ...decodeOptions(container)];
  const options = ['-map', '0:v?', '-map', '0:a?', '-c', 'copy', '-f', 'null'];
  await runFfmpeg(
    ffmpeg,
    { file, inputOptions, outputs: [{ target: '-', options }] },
    {
      timeout: 10 * PROBE_TIMEOUT,
      signal,
      onStdout: (line) => {
        end = Math.max(end, progressTime(line));
      },
    },
  );
  return end;
}
