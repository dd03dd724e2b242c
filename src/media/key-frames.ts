import type { DecodeSettings } from './decode-command.ts';
import { type CagedTool, runFfprobe } from './ffmpeg.ts';
import { probeOptions } from './input-options.ts';

const LOOKED_AT = 60;
// 30 frames at 29.97 a second are a key frame a second to everybody.
const TOLERANCE = 1.05;

/** Whether in the first minute no two key frames are further apart than the interval between sampled frames. */
export async function hasDenseKeyFrames(
  ffprobe: CagedTool,
  { file, container, video, frameInterval }: Omit<DecodeSettings, 'keyFramesOnly'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let key: number | null = null;
  let last = Number.NEGATIVE_INFINITY;
  let widest = 0;
  const args = ['-v', 'quiet', ...probeOptions(container), '-select_streams', String(video.stream)];
  const packets = ['-read_intervals', `%+${LOOKED_AT}`, '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'];
  const code = await runFfprobe(ffprobe, [...args, ...packets], file, {
    timeout: LOOKED_AT,
    signal,
    onStdout: (line) => {
      const [time, flags = ''] = line.split(',');
      const seconds = Number.parseFloat(time ?? '');
      if (Number.isNaN(seconds)) return;
      if (flags.startsWith('K')) {
        if (key !== null) widest = Math.max(widest, seconds - key);
        key = seconds;
      }
      last = Math.max(last, seconds);
    },
  });
  return code === 0 && key !== null && Math.max(widest, last - key) <= frameInterval * TOLERANCE;
}
