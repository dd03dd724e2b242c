import type { Modality, TaskFailureCode, TaskSource, TaskStatus } from '../generated/graphql.ts';

/** What a task is doing. */
export function statusWord(status: TaskStatus, source: TaskSource): string {
  if (status === 'UPLOADING') return source === 'URL' ? 'Downloading' : 'Uploading';
  return STATUS_WORDS[status];
}

const STATUS_WORDS: Record<TaskStatus, string> = {
  UPLOADING: 'Uploading',
  VALIDATING: 'Checking',
  PENDING: 'Waiting',
  QUEUED: 'Preparing',
  INDEXING: 'Indexing',
  READY: 'Ready',
  FAILED: 'Failed',
  CANCELED: 'Canceled',
};

/** Why a task failed. */
export const FAILURE_WORDS: Record<TaskFailureCode, string> = {
  BROKEN_VIDEO_FILE: 'This file is damaged, or lacks the picture or sound that this index asks for.',
  DOWNLOAD_FAILED: 'The address could not be downloaded.',
  INTERNAL: 'The server could not finish this. The fault is not the video’s.',
  TRANSCRIPTION_INVALID: 'The subtitles could not be read.',
  VIDEO_DURATION_TOO_LONG: 'This video is too long for this index.',
  VIDEO_DURATION_TOO_SHORT: 'This video is too short for this index.',
  VIDEO_FILESIZE_TOO_LARGE: 'This file is too large.',
  VIDEO_RESOLUTION_TOO_HIGH: 'The picture is larger than this index takes.',
  VIDEO_RESOLUTION_TOO_LOW: 'The picture is smaller than this index takes.',
};

/** How a hit was found. */
export const MODALITY_WORDS: Record<Modality, string> = {
  AUDIO: 'Heard',
  TEXT_IN_VIDEO: 'On screen',
  TRANSCRIPTION: 'Spoken',
  VISUAL: 'Seen',
};

/** `1:04`, or `1:02:03` from an hour on. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `15 s`, `2 h`. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `about 3 min left`; nothing where that is not known, or over. */
export function remaining(estimatedTime: string | null, now: number): string {
  if (estimatedTime === null) return '';
  const seconds = Math.round((Date.parse(estimatedTime) - now) / 1000);
  return seconds > 0 ? `about ${span(seconds)} left` : '';
}

export const percent = (part: number): string => `${Math.round(part * 100)} %`;
