import { asc, eq } from 'drizzle-orm';
import type { App } from '../../src/app.ts';
import { type IndexRow, type ReindexRow, segments, type VideoRow } from '../../src/db/schema.ts';
import type { Modality, TranscriptLine } from '../../src/db/values.ts';
import { advanceReindex } from '../../src/domain/advance-reindex.ts';
import { storeReindexedVideo } from '../../src/domain/reindex-videos.ts';
import { findReindexes, startReindex } from '../../src/domain/reindexes.ts';
import type { ModelDescription } from '../../src/models/models.ts';
import { addVideo, segment, vectorAt } from './tasks.ts';

function model(name: string, modalities: Modality[], installed = true): ModelDescription {
  const described = modalities.map((modality) => {
    return { modality, dimensions: 256, textQueries: true, imageQueries: true, vocabulary: 'OPEN' as const };
  });
  return { name, license: 'MIT', installed, modalities: described };
}

/** The models that there are for tests in which nobody embeds. */
const KNOWN = [
  model('builtin', ['VISUAL', 'TRANSCRIPTION']),
  model('other', ['VISUAL', 'AUDIO']),
  model('hearing', ['TRANSCRIPTION', 'AUDIO']),
  model('reading', ['TEXT_IN_VIDEO']),
  model('absent', ['VISUAL'], false),
];

/** Begins a reindex of an index of the tenant `default`, to the model "other" unless said otherwise. */
export async function start(app: App, index: IndexRow, name = 'other', modalities?: Modality[]): Promise<ReindexRow> {
  const input = { indexId: index.id, model: name, modalities };
  return app.db.transaction((tx) => startReindex(tx, app.queue, index.tenant, KNOWN, input));
}

/** The reindex as it is now. */
export async function reread(app: App, { id, tenant }: ReindexRow): Promise<ReindexRow> {
  const [reindex] = await findReindexes(app.db, tenant, [id]);
  if (!reindex) throw new Error('the reindex is gone');
  return reindex;
}

/** Does what comes next, as each job of a video does when it has done its own. */
export async function proceed(app: App, { id }: ReindexRow): Promise<void> {
  await app.db.transaction((tx) => advanceReindex(tx, app.queue, id));
}

/** Stores what the new model made of a video, as its job does: two clips. */
export async function store(
  app: App,
  reindex: ReindexRow,
  video: Pick<VideoRow, 'id'>,
  words: { lines: TranscriptLine[] | null; language: string | null } = { lines: null, language: null },
): Promise<void> {
  const result = { segments: [segment(0, vectorAt(1)), segment(6, vectorAt(2))], ...words };
  await app.db.transaction((tx) => storeReindexedVideo(tx, { reindexId: reindex.id, videoId: video.id }, result));
}

/** READY videos of one clip each. */
export async function addVideos(app: App, index: IndexRow, count: number): Promise<VideoRow[]> {
  const added: VideoRow[] = [];
  for (let n = 0; n < count; n += 1)
    added.push((await addVideo(app, index.id, { segments: [segment(0, vectorAt(0))] })).video);
  return added;
}

/** How many segments of each model the index has. */
export async function countByModel(app: App, index: IndexRow): Promise<Record<string, number>> {
  const rows = await app.db.orm.select().from(segments).where(eq(segments.indexId, index.id)).orderBy(asc(segments.id));
  return Object.fromEntries([...Map.groupBy(rows, (row) => row.model)].map(([name, own]) => [name, own.length]));
}
