import type { App } from '../app.ts';
import type { VideoMetadata } from '../db/values.ts';
import { describeFailure } from '../domain/check-video.ts';
import { decodeSubtitles } from '../domain/decode-subtitles.ts';
import { parseAside } from '../domain/parse-aside.ts';
import { SubtitleFaultError } from '../domain/parse-subtitles.ts';
import { findTranscript, LARGEST_TRANSCRIPTION, updateTranscript } from '../domain/transcripts.ts';
import { retryDownload } from './retry-download.ts';
import { TaskFailedError, type TaskWork } from './task-job.ts';

type Work = Pick<TaskWork, 'task' | 'signal'>;

/**
 * The file with the spoken words that came with a task's video, or undefined where none did. One behind a URL is
 * downloaded first, unless it is there already.
 * @throws TaskFailedError (DOWNLOAD_FAILED), or the signal's reason
 */
export async function downloadTranscription(
  app: App,
  { task, signal }: Work,
): Promise<{ content: string; url: string | null } | undefined> {
  const transcript = await findTranscript(app.db, task.id);
  if (!transcript || transcript.source === 'SPEECH') return undefined;
  const { url, content } = transcript;
  if (content !== null) return { content, url };
  if (url === null) throw new Error(`the transcript of task ${task.id} has neither content nor a URL`);
  const bytes = await retryDownload(app, 'transcription', signal, (either) =>
    app.remote.read(url, { signal: either, maxBytes: LARGEST_TRANSCRIPTION }),
  );
  const downloaded = { content: decodeSubtitles(bytes) };
  await updateTranscript(app.db, task.id, downloaded);
  return { ...downloaded, url };
}

/**
 * Reads the spoken words that came with a task's video, and keeps their lines.
 * @throws TaskFailedError (TRANSCRIPTION_INVALID, DOWNLOAD_FAILED), or the signal's reason
 */
export async function readTranscription(app: App, work: Work, metadata: VideoMetadata): Promise<void> {
  const file = await downloadTranscription(app, work);
  if (!file) return;
  const { id } = work.task;
  try {
    const lines = await parseAside({ content: file.content, duration: metadata.duration }, work.signal);
    await updateTranscript(app.db, id, { lines });
  } catch (error) {
    if (!(error instanceof SubtitleFaultError)) throw error;
    // A retry is to find what is behind the URL by then.
    if (file.url !== null) await updateTranscript(app.db, id, { content: null });
    const message = `The transcription is invalid: ${error.message}.`;
    const allowed = 'a SubRip or WebVTT file with cues that lie within the video';
    throw new TaskFailedError(describeFailure('TRANSCRIPTION_INVALID', message, error.message, allowed), metadata);
  }
}
