import { basename } from 'node:path';

/** The file is not a video that can be read: the message says in plain words what is wrong with it. */
export class UnreadableMediaError extends Error {
  override name = 'UnreadableMediaError';
}

/** ffmpeg or ffprobe did not end in time and was killed. `seconds` is the deadline that it had. */
export class MediaTimeoutError extends Error {
  override name = 'MediaTimeoutError';
  readonly seconds: number;

  constructor(tool: string, seconds: number) {
    super(`${basename(tool)} did not finish within ${Math.round(seconds)} seconds`);
    this.seconds = seconds;
  }
}
