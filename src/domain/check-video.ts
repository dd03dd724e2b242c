import type { TaskFailure, TaskFailureCode, ValidationPolicy } from '../db/values.ts';

/** What is known of a file before it is decoded. Duration in seconds, size in bytes, pixels as displayed. */
export interface VideoFacts {
  size: number;
  duration: number;
  width: number;
  height: number;
  hasAudio: boolean;
}

/** A failure with what was found and what is allowed. */
export function describeFailure(
  code: TaskFailureCode,
  message: string,
  actual?: string,
  allowed?: string,
): TaskFailure {
  return { code, message, actual: actual ?? null, allowed: allowed ?? null };
}

/** The failure of a file that is larger than is allowed (bytes), or undefined. */
export function checkSize(
  size: number,
  { maxFileSize }: Pick<ValidationPolicy, 'maxFileSize'>,
): TaskFailure | undefined {
  if (size <= maxFileSize) return undefined;
  const [actual, allowed] = [`${size} bytes`, `at most ${maxFileSize} bytes`];
  return describeFailure(
    'VIDEO_FILESIZE_TOO_LARGE',
    `The file is too large: ${actual}; allowed are ${allowed}.`,
    actual,
    allowed,
  );
}

/** The first rule of the policy that a video breaks, or undefined when it may be decoded. */
export function checkVideo(video: VideoFacts, policy: ValidationPolicy): TaskFailure | undefined {
  return (
    checkSize(video.size, policy) ??
    checkResolution(video, policy) ??
    checkDuration(video, policy) ??
    checkAudio(video, policy)
  );
}

function checkResolution({ width, height }: VideoFacts, policy: ValidationPolicy): TaskFailure | undefined {
  const shortSide = Math.min(width, height);
  const actual = `${shortSide} (${width}x${height})`;
  const allowed = `at least ${policy.minHeight} and under ${policy.maxHeight}`;
  const message = (fault: string) =>
    `The resolution is too ${fault}: the short side is ${actual}; allowed are ${allowed}.`;
  if (shortSide < policy.minHeight) return describeFailure('VIDEO_RESOLUTION_TOO_LOW', message('low'), actual, allowed);
  if (shortSide >= policy.maxHeight)
    return describeFailure('VIDEO_RESOLUTION_TOO_HIGH', message('high'), actual, allowed);
  return undefined;
}

function checkDuration({ duration }: VideoFacts, policy: ValidationPolicy): TaskFailure | undefined {
  const tooShort = duration < policy.minDuration;
  if (!tooShort && duration <= policy.maxDuration) return undefined;
  // Away from the border, which a duration that breaks the rule must not seem to be on.
  const actual = `${(tooShort ? Math.floor : Math.ceil)(duration * 1000) / 1000} s`;
  const allowed = `${policy.minDuration} s to ${policy.maxDuration} s`;
  return describeFailure(
    tooShort ? 'VIDEO_DURATION_TOO_SHORT' : 'VIDEO_DURATION_TOO_LONG',
    `The video is too ${tooShort ? 'short' : 'long'}: ${actual}; allowed are ${allowed}.`,
    actual,
    allowed,
  );
}

function checkAudio({ hasAudio }: VideoFacts, { requireAudio }: ValidationPolicy): TaskFailure | undefined {
  if (hasAudio || !requireAudio) return undefined;
  const [actual, allowed] = ['no audio track', 'an audio track'];
  return describeFailure(
    'BROKEN_VIDEO_FILE',
    'The file has no audio track, and the index requires one.',
    actual,
    allowed,
  );
}
