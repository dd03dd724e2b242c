import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { TranscriptLine } from '../db/values.ts';
import { parseSubtitles, SubtitleFaultError } from './parse-subtitles.ts';

/** What a thread is given to read. */
export interface SubtitleFile {
  content: string;
  duration: number;
}

/** What it found: lines, or in words what is wrong with the file. */
export type ParsedAside = { lines: TranscriptLine[] } | { fault: string };

/** Characters that are read in a few milliseconds. */
const SHORT = 16 * 1024;
/** Milliseconds; the largest file takes two seconds. */
const LONGEST = 60_000;
/** What runs in the thread: TypeScript here, compiled in a package. */
const THREAD = new URL(`./subtitle-thread${extname(import.meta.url)}`, import.meta.url);
const MEMORY = { maxOldGenerationSizeMb: 1024 };

/**
 * Reads a subtitle file as `parseSubtitles` does: a long one in a thread of its own, as a hostile one would hold up
 * everything else for seconds.
 * @throws SubtitleFaultError, or the signal's reason
 */
export async function parseAside(file: SubtitleFile, signal: AbortSignal): Promise<TranscriptLine[]> {
  if (file.content.length <= SHORT) return parseSubtitles(file.content, file.duration);
  const worker = new Worker(THREAD, {
    workerData: file,
    resourceLimits: MEMORY,
    env: {},
  });
  // One that comes while it is being ended, and that nobody waits for any more.
  worker.on('error', () => {});
  const limit = AbortSignal.timeout(LONGEST);
  try {
    const [found]: ParsedAside[] = await once(worker, 'message', { signal: AbortSignal.any([signal, limit]) });
    if (!found) throw new Error('The thread that reads subtitles has said nothing.');
    if ('lines' in found) return found.lines;
    throw new SubtitleFaultError(found.fault);
  } catch (error) {
    signal.throwIfAborted();
    const tooMuch = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (limit.aborted || tooMuch) throw new SubtitleFaultError('it takes too long, or too much memory, to be read');
    throw error;
  } finally {
    await worker.terminate();
  }
}
