import { parentPort, workerData } from 'node:worker_threads';
import type { ParsedAside, SubtitleFile } from './parse-aside.ts';
import { parseSubtitles, SubtitleFaultError } from './parse-subtitles.ts';

/** The thread in which one subtitle file is read: it says what it found, and ends. */
parentPort?.postMessage(read(workerData as SubtitleFile));

function read({ content, duration }: SubtitleFile): ParsedAside {
  try {
    return { lines: parseSubtitles(content, duration) };
  } catch (error) {
    if (!(error instanceof SubtitleFaultError)) throw error;
    return { fault: error.message };
  }
}
