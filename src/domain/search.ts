import type { Database } from '../db/client.ts';
import type { IndexRow } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import { type InputIssue, InvalidInputError, NotFoundError } from '../errors.ts';
import type { Models } from '../models/models.ts';
import { findIndexes } from './indexes.ts';
import { decodeCursor, encodeCursor, type PageArguments, pageSize } from './paging.ts';
import { DEEPEST_RANK, type Hit, rankSegments } from './ranking.ts';
import { findClipEmbedding } from './segment-lists.ts';
import type { VectorKind } from './vector-indexes.ts';
import { findVideos, type VideoFilter } from './videos.ts';

/** What to look for: exactly one of these. */
export type SearchQuery =
  | { text: string }
  | { image: Uint8Array }
  | { videoSegment: { videoId: string; startOffset: number } };

/** A search over one or more indexes of one model. */
export interface SearchRequest {
  indexIds: readonly string[];
  query: SearchQuery;
  modalities?: readonly Modality[] | null | undefined;
  groupBy?: 'SEGMENT' | 'VIDEO' | null | undefined;
  minScore?: number | null | undefined;
  filter?: VideoFilter | null | undefined;
  page: Pick<PageArguments, 'first' | 'after'>;
}

/** A part of a ranking. Ranks begin at 1. */
export interface SearchPage {
  hits: (Hit & { rank: number; cursor: string })[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/**
 * Ranks the segments of the indexes by their likeness to the query.
 * @throws InvalidInputError, or NotFoundError for an index, a video or a moment that is not there
 */
export async function searchVideos(
  db: Database,
  models: Models,
  tenant: string,
  request: SearchRequest,
): Promise<SearchPage> {
  const { size } = pageSize(request.page);
  const offset = rankOf(request.page.after);
  const indexes = await findAllIndexes(db, tenant, request.indexIds);
  const kind = chooseKind(indexes, models, request);
  const vector = await queryVector(db, models, tenant, kind, request.query);
  const hits = await rankSegments(db, {
    indexIds: request.indexIds,
    kind,
    vector,
    filter: request.filter ?? {},
    byVideo: request.groupBy === 'VIDEO',
    minScore: request.minScore ?? 0,
    offset,
    limit: size,
  });
  const ranked = hits.slice(0, size).map((hit, n) => {
    const rank = offset + n + 1;
    return { ...hit, rank, cursor: encodeCursor(rank, 'rank') };
  });
  return { hits: ranked, hasNextPage: hits.length > size, hasPreviousPage: offset > 0 };
}

function rankOf(cursor: string | null | undefined): number {
  if (cursor == null) return 0;
  const rank = decodeCursor(cursor)?.[0];
  if (typeof rank === 'number' && Number.isInteger(rank) && rank > 0 && rank <= DEEPEST_RANK) return rank;
  throw new InvalidInputError([{ path: ['after'], message: `"${cursor}" is not a cursor of a search.` }]);
}

async function findAllIndexes(db: Database, tenant: string, ids: readonly string[]): Promise<IndexRow[]> {
  if (ids.length === 0)
    throw new InvalidInputError([{ path: ['indexIds'], message: 'none given; at least one is needed.' }]);
  const found = await findIndexes(db, tenant, ids);
  const missing = ids.filter((id) => !found.some((index) => index.id === id));
  if (missing.length > 0) throw new NotFoundError(`No such index (${missing.length} of the ${ids.length} given).`);
  return found;
}

/** The vectors to compare: those of the indexes' common model, in a modality that the query can address. */
function chooseKind(indexes: readonly IndexRow[], models: Models, request: SearchRequest): VectorKind {
  const [name, ...others] = new Set(indexes.map(({ model }) => model));
  const issue = (path: string, message: string) => new InvalidInputError([{ path: [path], message }]);
  const model = name === undefined ? undefined : models.describe(name);
  if (others.length > 0)
    throw issue(
      'indexIds',
      `indexes of several models given (${[name, ...others].join(', ')}); their scores do not compare.`,
    );
  if (!model) throw issue('indexIds', `the model "${name}" of these indexes is not known to this server.`);
  const wanted = request.modalities ?? model.modalities.map(({ modality }) => modality);
  const shared = model.modalities.filter(
    ({ modality }) => wanted.includes(modality) && indexes.every((index) => index.modalities.includes(modality)),
  );
  const addressed = shared.filter((candidate) => {
    if ('text' in request.query) return candidate.textQueries;
    return 'image' in request.query ? candidate.imageQueries : true;
  });
  const kinds = addressed.flatMap(({ modality, dimensions }) =>
    dimensions === null ? [] : [{ model: model.name, modality, dimensions }],
  );
  if (kinds[0]) return kinds[0];
  const has = model.modalities.map(({ modality }) => modality).join(', ');
  throw issue(
    'modalities',
    `${wanted.join(', ') || 'none'} given; this query can address none of them. The model has ${has}.`,
  );
}

async function queryVector(
  db: Database,
  models: Models,
  tenant: string,
  kind: VectorKind,
  query: SearchQuery,
): Promise<Float32Array> {
  if ('videoSegment' in query) return segmentVector(db, tenant, kind, query.videoSegment);
  const encoder = await models.visual(kind.model).catch((error) => {
    if (error instanceof Error && error.name === 'ModelNotInstalledError')
      throw new InvalidInputError([{ path: ['indexIds'], message: error.message }]);
    throw error;
  });
  if ('image' in query) {
    const [vector] = await encoder.encodeImages([query.image]).catch((error) => {
      if (error instanceof Error && error.name === 'UndecodableImageError')
        throw new InvalidInputError([{ path: ['image'], message: error.message }]);
      throw error;
    });
    if (!vector) throw new Error('the encoder returned no vector');
    return vector;
  }
  const encoded = await encoder.encodeText(query.text);
  if ('vector' in encoded) return encoded.vector;
  throw new InvalidInputError([unknownWords(kind.model, encoded)]);
}

function unknownWords(model: string, { unknown, suggestions }: { unknown: string; suggestions: string[] }): InputIssue {
  const near = suggestions.length > 0 ? ` Near names: ${suggestions.join(', ')}.` : '';
  const message = `"${unknown}" names nothing that the model "${model}" knows; its vocabulary is closed.${near}`;
  return { path: ['text'], message };
}

async function segmentVector(
  db: Database,
  tenant: string,
  kind: VectorKind,
  { videoId, startOffset }: { videoId: string; startOffset: number },
): Promise<Float32Array> {
  const [video] = await findVideos(db, tenant, [videoId]);
  if (!video) throw new NotFoundError('No such video.');
  const vector = await findClipEmbedding(db, video.id, startOffset, kind);
  if (vector) return vector;
  throw new NotFoundError(
    `The video has no ${kind.modality} clip of the model "${kind.model}" at ${startOffset} s; it is ${video.metadata.duration} s long.`,
  );
}
