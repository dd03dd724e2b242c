import { eq, inArray } from 'drizzle-orm';
import type { Connection, Transaction } from '../db/client.ts';
import { type IndexRow, type TranscriptRow, transcripts, videos } from '../db/schema.ts';
import type { TranscriptLine } from '../db/values.ts';
import type { InputIssue } from '../errors.ts';

/** Spoken words that come with a video: the text of a SubRip or WebVTT file, or where a job finds the file. */
export type Transcription = { content: string } | { url: string };

/** Bytes; that of a video of two hours has about 0.2 MB, and 2 MB with the times of single words. */
export const LARGEST_TRANSCRIPTION = 4 * 1024 ** 2;

/** Faults of giving spoken words to an index. */
export function checkTranscribable({ name, modalities }: Pick<IndexRow, 'name' | 'modalities'>): InputIssue[] {
  if (modalities.includes('TRANSCRIPTION')) return [];
  const message = `true given; the index "${name}" has ${modalities.join(', ')}, and not TRANSCRIPTION.`;
  return [{ path: ['provideTranscription'], message }];
}

/** Notes the words that come with the video of a new task. */
export async function addTranscript(tx: Transaction, taskId: string, given: Transcription): Promise<void> {
  const source = 'url' in given ? 'URL' : 'FILE';
  await tx.orm.insert(transcripts).values({ taskId, source, ...given });
}

/** What is known of the words of a task's video, or undefined when none came with it and none were heard. */
export async function findTranscript(db: Connection, taskId: string): Promise<TranscriptRow | undefined> {
  const [transcript] = await db.orm.select().from(transcripts).where(eq(transcripts.taskId, taskId));
  return transcript;
}

/** Keeps what was downloaded, or what it was found to say; `content: null` lets it be downloaded again. */
export async function updateTranscript(
  db: Connection,
  taskId: string,
  found: { content?: string | null; lines?: TranscriptLine[] },
): Promise<void> {
  await db.orm.update(transcripts).set(found).where(eq(transcripts.taskId, taskId));
}

/** Keeps the words that were heard in a task's video, in place of those heard before; words that came with it stay. */
export async function keepHeardLines(tx: Transaction, taskId: string, lines: readonly TranscriptLine[]): Promise<void> {
  const heard = { lines: [...lines] };
  await tx.orm
    .insert(transcripts)
    .values({ taskId, source: 'SPEECH', ...heard })
    .onConflictDoUpdate({ target: transcripts.taskId, set: heard, setWhere: eq(transcripts.source, 'SPEECH') });
}

/** The spoken words of each video by time, in the order of `videoIds`. */
export async function listTranscriptLines(
  db: Connection,
  videoIds: readonly string[],
): Promise<(readonly TranscriptLine[])[]> {
  const rows = await db.orm
    .select({ videoId: videos.id, lines: transcripts.lines })
    .from(videos)
    .innerJoin(transcripts, eq(transcripts.taskId, videos.taskId))
    .where(inArray(videos.id, [...videoIds]));
  const known = new Map(rows.map(({ videoId, lines }) => [videoId, lines ?? []]));
  return videoIds.map((id) => known.get(id) ?? []);
}
