import type { Connection } from '../db/client.ts';
import type { Modality } from '../db/values.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import type { Models, WordsEncoder } from '../models/models.ts';
import { findClipEmbedding, type Moment } from './segment-lists.ts';
import type { VectorKind } from './vector-indexes.ts';
import { findVideos } from './videos.ts';

/** Characters of a text that is looked for, or embedded as if it were. */
export const LONGEST_TEXT = 10_000;

/** A query as it is compared with the vectors of one kind. */
export interface QueryVector {
  kind: VectorKind;
  /** L2-normalised. */
  vector: Float32Array;
}

/** Words that name nothing which a model of closed vocabulary knows. */
export interface UnknownText {
  unknown: string;
  suggestions: string[];
}

/** What is told of such words, with the names that are near. */
export function describeUnknown(model: string, { unknown, suggestions }: UnknownText): string {
  const near = suggestions.length > 0 ? ` Near names: ${suggestions.join(', ')}.` : '';
  return `"${unknown}" names nothing that the model "${model}" knows; its vocabulary is closed.${near}`;
}

/**
 * A text as the vectors of each kind, or what it says that VISUAL does not know.
 * @throws InvalidInputError for a model that is not installed
 */
export async function textVectors(
  models: Models,
  kinds: readonly VectorKind[],
  text: string,
): Promise<{ vectors: QueryVector[]; unknown: UnknownText | undefined }> {
  const queries = new Map<WordsEncoder, Promise<Float32Array>>();
  let unknown: UnknownText | undefined;
  const encode = async ({ model, modality }: VectorKind): Promise<Float32Array | undefined> => {
    if (modality === 'AUDIO') return (await models.audio(model)).encodeText(text);
    if (modality === 'VISUAL') {
      const encoded = await (await models.visual(model)).encodeText(text);
      if ('vector' in encoded) return encoded.vector;
      unknown = encoded;
      return undefined;
    }
    const encoder = await models.words(model, modality);
    // One encoder serves both modalities for the most part.
    const query = encoder && (queries.get(encoder) ?? encoder.encodeQuery(text));
    if (encoder && query) queries.set(encoder, query);
    return query;
  };
  const vectors = await Promise.all(
    kinds.map(async (kind) => ({ kind, vector: await encode(kind).catch(asInvalidInput) })),
  );
  return { vectors: vectors.flatMap(({ kind, vector }) => (vector ? { kind, vector } : [])), unknown };
}

/** An image as the vectors of each kind. @throws InvalidInputError for an image or a model that cannot be used */
export async function imageVectors(
  models: Models,
  kinds: readonly VectorKind[],
  image: Uint8Array,
): Promise<QueryVector[]> {
  return Promise.all(
    kinds.map(async (kind) => {
      const encoder = await models.visual(kind.model).catch(asInvalidInput);
      const [vector] = await encoder.encodeImages([image], { urgent: true }).catch(asInvalidInput);
      if (!vector) throw new Error('the encoder returned no vector');
      return { kind, vector };
    }),
  );
}

/**
 * The vectors of the clip that a moment lies in, of the kinds that it has.
 * @throws NotFoundError where there is no such video, or no clip with a vector
 */
export async function momentVectors(
  db: Connection,
  tenant: string,
  kinds: readonly VectorKind[],
  moment: Moment,
): Promise<QueryVector[]> {
  const vectors = await Promise.all(kinds.map((kind) => findClipEmbedding(db, tenant, moment, kind)));
  const found = kinds.flatMap((kind, n) => (vectors[n] ? { kind, vector: vectors[n] } : []));
  if (found.length > 0) return found;
  const [video] = await findVideos(db, tenant, [moment.videoId]);
  if (!video) throw new NotFoundError('No such video.');
  const modalities = kinds.map(({ modality }): Modality => modality).join(' or ');
  throw new NotFoundError(
    `The video has no ${modalities} clip of the model "${kinds[0]?.model}" at ${moment.startOffset} s; it is ${video.metadata.duration} s long.`,
  );
}

/** What a model or an image cannot do is told as a fault of the input. */
function asInvalidInput(error: unknown): never {
  const path = error instanceof Error ? FAULTS[error.name] : undefined;
  if (error instanceof Error && path) throw new InvalidInputError([{ path: [path], message: error.message }]);
  throw error;
}

const FAULTS: Record<string, string> = { ModelNotInstalledError: 'indexIds', UndecodableImageError: 'image' };
