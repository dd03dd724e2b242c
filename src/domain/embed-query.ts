import type { Modality } from '../db/values.ts';
import { InvalidInputError, LimitExceededError } from '../errors.ts';
import type { ModelDescription, Models } from '../models/models.ts';
import type { BoundedQueue, InTurn } from '../queue/bounded-queue.ts';
import { QueueFullError } from '../queue/queue-full-error.ts';
import { unknownModel } from './embedding-settings.ts';
import { describeUnknown, imageVectors, LONGEST_TEXT, textVectors } from './query-vectors.ts';
import { checkModel } from './rules.ts';
import type { VectorKind } from './vector-indexes.ts';

/** What to embed. */
export type EmbedQuery = { text: string } | { image: Uint8Array };

/** Which space of a model a query is put into: the first of these that the model has and the query can address. */
const ORDER: Modality[] = ['VISUAL', 'TRANSCRIPTION', 'TEXT_IN_VIDEO', 'AUDIO'];

/** A model, and the space of it that queries of one kind are put into. */
export interface QuerySpace {
  model: ModelDescription;
  kind: VectorKind;
}

/**
 * Where a model puts a text or an image: beside its pictures, where it has such; else beside words; else beside sounds.
 * @param name of the model, "builtin" unless given
 * @throws NotFoundError for a model that is not known, InvalidInputError for one that is not installed or takes no such query
 */
export async function chooseSpace(
  models: Models,
  name: string | null | undefined,
  query: 'text' | 'image',
): Promise<QuerySpace> {
  const model = await describeModel(models, name ?? 'builtin');
  for (const modality of ORDER) {
    const found = model.modalities.find((candidate) => candidate.modality === modality);
    const takes = query === 'text' ? found?.textQueries : found?.imageQueries;
    if (takes && found?.dimensions)
      return { model, kind: { model: model.name, modality, dimensions: found.dimensions } };
  }
  const other = query === 'text' ? 'imageQueries' : 'textQueries';
  const takesOther = model.modalities.some((candidate) => candidate[other] && candidate.dimensions !== null);
  const can = takesOther ? `only ${query === 'text' ? 'images' : 'texts'}` : 'neither texts nor images';
  throw invalid(query, `The model "${model.name}" cannot embed this: it takes ${can}.`);
}

/** What is known without I/O; of a model that another process may have installed meanwhile, after a look. */
async function describeModel(models: Models, name: string): Promise<ModelDescription> {
  const known = models.describe(name);
  if (known?.installed) return known;
  const all = await models.list();
  const model = all.find((candidate) => candidate.name === name);
  if (!model) throw unknownModel(name, all);
  const issues = checkModel(model, all, { model: name });
  if (issues.length > 0) throw new InvalidInputError(issues);
  return model;
}

/** Faults of a text that no model is needed to see. */
export function checkEmbedText(text: string): void {
  if (text.trim() === '') throw invalid('text', 'The text is blank; there is nothing to embed.');
  if (text.length > LONGEST_TEXT)
    throw invalid('text', `${text.length} characters given; allowed are 1 to ${LONGEST_TEXT}.`);
}

/**
 * The L2-normalised vector of a text or an image.
 * @throws InvalidInputError for words that a closed vocabulary does not have, and for an image that cannot be decoded
 */
export async function embedQuery(models: Models, { kind }: QuerySpace, query: EmbedQuery): Promise<Float32Array> {
  if ('image' in query) {
    const [found] = await imageVectors(models, [kind], query.image).catch(ofModel);
    if (found) return found.vector;
    throw new Error(`the model ${kind.model} gave no vector of an image`);
  }
  const { vectors, unknown } = await textVectors(models, [kind], query.text).catch(ofModel);
  if (vectors[0]) return vectors[0].vector;
  if (!unknown) throw new Error(`the model ${kind.model} gave no vector of a text`);
  throw invalid('text', describeUnknown(kind.model, unknown));
}

/** A search finds its model by its indexes, which are at fault there when it is not installed any more. */
function ofModel(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  throw new InvalidInputError(
    error.issues.map(({ path, message }) => ({ path: path[0] === 'indexIds' ? ['model'] : path, message })),
  );
}

/**
 * Takes one of the tenant's places in the queue of this process.
 * @throws LimitExceededError at once when none is free, and whatever `visit` throws
 */
export async function enterEmbeds<Result>(
  embeds: BoundedQueue,
  tenant: string,
  visit: (inTurn: InTurn) => Promise<Result>,
): Promise<Result> {
  return embeds.enter(tenant, visit).catch((error) => {
    if (!(error instanceof QueueFullError)) throw error;
    const { places, retryAfter, holder } = error;
    const limit = `${places} requests to embed at a time${holder === undefined ? '' : ' of one tenant'}`;
    const message = `The server is busy: it takes ${limit}. Try again in ${retryAfter} s.`;
    throw new LimitExceededError(message, limit, retryAfter);
  });
}

function invalid(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: [path], message }]);
}
