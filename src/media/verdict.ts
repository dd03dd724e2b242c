import type { DecoderSummary } from './decoder-log.ts';
import type { Probe } from './probe.ts';
import type { MediaProxy } from './proxy.ts';

/** What a decode reached: times in seconds, of the last sampled frame and of the end of the sound. */
export interface Reached {
  lastTime: number;
  soundEnd: number;
  frameInterval: number;
}

const CLEARLY = 2;

/** Judges a whole decode: broken by damage that the decoder met, or by an end long before the one that was promised. */
export function judgeFrames(
  probe: Probe,
  log: DecoderSummary,
  reached: Reached,
): Omit<MediaProxy['verdict'], 'checked'> {
  const { errors, decodedFrames } = log;
  const reason = log.reason ?? framesApart(probe) ?? missingEnd(probe, log, reached);
  return { broken: reason !== null, reason, decodedFrames, errors, lastTime: reached.lastTime };
}

// One picture that stays has a rate of one in its duration; with less, the second comes long after the end.
function framesApart({ video, duration }: Probe): string | null {
  const fps = video?.fps ?? 0;
  if (!(fps > 0) || fps * duration >= 0.5) return null;
  return `its frames lie ${Math.round(1 / fps)} seconds apart, and it says that it lasts ${duration.toFixed(1)}`;
}

// A still picture may last long, and sound may end before it: so pictures, sound and the count all have to fall short.
function missingEnd(probe: Probe, log: DecoderSummary, { lastTime, soundEnd, frameInterval }: Reached): string | null {
  const { promisedEnd } = probe;
  if (promisedEnd === undefined) return null;
  const end = Math.max(lastTime + frameInterval, soundEnd);
  if (end + CLEARLY >= promisedEnd) return null;
  const fps = probe.video?.fps ?? 0;
  if (fps > 0 && log.decodedFrames >= 0.9 * fps * promisedEnd) return null;
  return `the file says that it lasts ${promisedEnd.toFixed(1)} seconds, and ends after ${end.toFixed(1)}`;
}
