import { inArray } from 'drizzle-orm';
import type { Connection } from '../db/client.ts';
import { type IndexRow, videos } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import { type InputIssue, InvalidInputError } from '../errors.ts';
import type { Models } from '../models/models.ts';
import { matchWords, type WordMatch } from './match-words.ts';
import {
  describeUnknown,
  imageVectors,
  LONGEST_TEXT,
  momentVectors,
  type QueryVector,
  textVectors,
  type UnknownText,
} from './query-vectors.ts';
import { planSearch, type SearchPlan, type WordModality } from './search-modalities.ts';
import type { Moment } from './segment-lists.ts';
import { parseTextQuery, type TextQuery } from './text-query.ts';

/** What to look for: exactly one of these. */
export type SearchQuery = { text: string } | { image: Uint8Array } | { videoSegment: Moment };

/** A query in the forms in which it is compared. Each vector, and each modality of words, gives a ranking. */
export interface Comparison {
  model: string;
  vectors: QueryVector[];
  words: { modalities: WordModality[]; match: WordMatch } | undefined;
  /** The query itself, where it is a text. */
  text: TextQuery | undefined;
  /** What the query says that the model does not know: told where nothing is found either. */
  unknown: InputIssue | undefined;
}

/**
 * Makes of a query what is compared with the clips of the indexes.
 * @throws InvalidInputError, or NotFoundError for a video or a moment that is not there
 */
export async function readQuery(
  db: Connection,
  models: Models,
  tenant: string,
  indexes: readonly IndexRow[],
  { query, modalities }: { query: SearchQuery; modalities?: readonly Modality[] | null | undefined },
): Promise<Comparison> {
  if ('text' in query)
    return readText(db, models, indexes, planSearch(indexes, models, 'text', modalities), query.text);
  const plan = planSearch(indexes, models, 'image' in query ? 'image' : 'videoSegment', modalities);
  const vectors =
    'image' in query
      ? await imageVectors(models, plan.vectors, query.image)
      : await momentVectors(db, tenant, plan.vectors, query.videoSegment);
  return { model: plan.model, vectors, words: undefined, text: undefined, unknown: undefined };
}

/** What a model of closed vocabulary does not know is no fault as long as something else can be looked for. */
async function readText(
  db: Connection,
  models: Models,
  indexes: readonly IndexRow[],
  plan: SearchPlan,
  written: string,
): Promise<Comparison> {
  if (written.length > LONGEST_TEXT) {
    const message = `${written.length} characters given; allowed are 1 to ${LONGEST_TEXT}.`;
    throw new InvalidInputError([{ path: ['text'], message }]);
  }
  const text = parseTextQuery(written);
  const match = plan.words.length > 0 ? await matchWords(db, text, await languagesOf(db, indexes)) : undefined;
  const { vectors, unknown } = await textVectors(models, plan.vectors, text.plain.trim() || written);
  if (vectors.length === 0 && !match) throw new InvalidInputError([nothingToFind(plan.model, written, unknown)]);
  const words = match && { modalities: plan.words, match };
  return { model: plan.model, vectors, words, text, unknown: unknown && nothingToFind(plan.model, written, unknown) };
}

/** Those of all videos of the indexes: they decide which stems a word has. */
async function languagesOf(db: Connection, indexes: readonly IndexRow[]): Promise<(string | null)[]> {
  const ids = indexes.map(({ id }) => id);
  const found = await db.orm
    .selectDistinct({ language: videos.language })
    .from(videos)
    .where(inArray(videos.indexId, ids));
  return found.map(({ language }) => language);
}

function nothingToFind(model: string, text: string, unknown: UnknownText | undefined): InputIssue {
  const path = ['text'];
  if (!unknown) return { path, message: `"${text.slice(0, 100)}" has no words to look for.` };
  return { path, message: describeUnknown(model, unknown) };
}
