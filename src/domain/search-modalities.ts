import type { IndexRow } from '../db/schema.ts';
import type { Modality } from '../db/values.ts';
import { InvalidInputError } from '../errors.ts';
import type { ModelDescription, Models } from '../models/models.ts';
import type { VectorKind } from './vector-indexes.ts';

/** In which modalities to search, and by what. */
export interface SearchPlan {
  model: string;
  /** Those whose vectors are compared with the query's, VISUAL first. */
  vectors: VectorKind[];
  /** Those whose words are looked at. */
  words: WordModality[];
}

/** The modalities that are made of words. */
export type WordModality = 'TRANSCRIPTION' | 'TEXT_IN_VIDEO';

/** The kinds of queries, as they are called in messages. */
const KINDS = { text: 'a text', image: 'an image', videoSegment: 'a moment of a video' };
const ORDER: Modality[] = ['VISUAL', 'AUDIO', 'TRANSCRIPTION', 'TEXT_IN_VIDEO'];

/**
 * The modalities of the indexes that a query addresses: those that are wanted, or all.
 * @throws InvalidInputError where it addresses none, or one that is wanted is missing or out of its reach
 */
export function planSearch(
  indexes: readonly IndexRow[],
  models: Models,
  kind: keyof typeof KINDS,
  wanted: readonly Modality[] | null | undefined,
): SearchPlan {
  const model = commonModel(indexes, models);
  const present = ORDER.filter((modality) => indexes.some((index) => index.modalities.includes(modality)));
  const vectors = present.flatMap((modality) => vectorKind(model, modality, kind) ?? []);
  const words = kind === 'text' ? present.filter(isWords) : [];
  const reached = present.filter((modality) =>
    [...vectors.map((vector) => vector.modality), ...words].includes(modality),
  );
  const asked = wanted ?? reached;
  const fault = (given: readonly Modality[], allowed: string) =>
    invalid('modalities', `${given.join(', ') || 'none'} given; ${allowed}.`);
  const missing = asked.filter((modality) => !present.includes(modality));
  if (missing.length > 0) throw fault(missing, `these indexes have ${present.join(', ')}`);
  const reach = `${KINDS[kind]} can be compared with ${reached.join(', ') || `none of ${present.join(', ')}`} here`;
  const beyond = asked.filter((modality) => !reached.includes(modality));
  if (beyond.length > 0 || asked.length === 0) throw fault(beyond, reach);
  return {
    model: model.name,
    vectors: vectors.filter(({ modality }) => asked.includes(modality)),
    words: words.filter((modality) => asked.includes(modality)),
  };
}

/** Vectors of several models do not compare. */
function commonModel(indexes: readonly IndexRow[], models: Models): ModelDescription {
  const [name = '', ...others] = new Set(indexes.map(({ model }) => model));
  if (others.length > 0) {
    const given = [name, ...others].join(', ');
    throw invalid('indexIds', `indexes of several models given (${given}); their scores do not compare.`);
  }
  const model = models.describe(name);
  if (!model) throw invalid('indexIds', `the model "${name}" of these indexes is not known to this server.`);
  return model;
}

function vectorKind(model: ModelDescription, modality: Modality, kind: keyof typeof KINDS): VectorKind | undefined {
  const found = model.modalities.find((candidate) => candidate.modality === modality);
  if (!found || found.dimensions === null) return undefined;
  if (kind === 'text' && !found.textQueries) return undefined;
  if (kind === 'image' && !(found.imageQueries && modality === 'VISUAL')) return undefined;
  return { model: model.name, modality, dimensions: found.dimensions };
}

function isWords(modality: Modality): modality is WordModality {
  return modality === 'TRANSCRIPTION' || modality === 'TEXT_IN_VIDEO';
}

function invalid(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: [path], message }]);
}
