/** Seconds that a line of ffmpeg's `-progress` says are done; 0 where it says nothing of it. */
export function progressTime(line: string): number {
  const [, hours, minutes, seconds] = /^out_time=(\d+):(\d+):(\d+\.\d+)$/.exec(line) ?? [];
  return seconds === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
