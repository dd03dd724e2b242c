import { checkEmbedText, chooseSpace, type EmbedQuery, embedQuery, enterEmbeds } from '../domain/embed-query.ts';
import { InvalidInputError, LimitExceededError, NotFoundError } from '../errors.ts';
import type { ModelDescription } from '../models/models.ts';
import { builder } from './builder.ts';
import { COST, costOfVector } from './complexity.ts';
import type { Context } from './context.ts';
import { EmbeddingModel } from './embedding-model.ts';
import { ofImageUrl, readRemoteImage, readUploadedImage } from './read-image.ts';
import { passOver } from './receive-upload.ts';

const EmbedInput = builder.inputType('EmbedInput', {
  description: 'What to embed. Exactly one of text, image and imageUrl.',
  fields: (t) => ({
    model: t.string({ description: 'The name of one of `models`: "builtin" when nothing is said.' }),
    text: t.string({
      description: 'Words, 1 to 10,000 characters. `ModelModality.vocabulary` tells which words a model knows.',
    }),
    image: t.field({
      type: 'Upload',
      description: 'An image, as a part of this request; at most 20 MB, there within 60 s.',
    }),
    imageUrl: t.field({
      type: 'URL',
      description: 'Where the server downloads an image from; at most 20 MB, there within 60 s.',
    }),
  }),
});

const Embedding = builder.objectRef<{ model: ModelDescription; vector: Float32Array }>('Embedding').implement({
  description: 'A text or an image as a vector.',
  fields: (t) => ({
    model: t.expose('model', { type: EmbeddingModel, description: 'What it was embedded with.' }),
    vector: t.floatList({
      description: 'The vector, L2-normalised; to be compared with vectors of the same model by their dot product.',
      complexity: (_, { app }) => costOfVector(app.models.longestVector()),
      resolve: ({ vector }) => [...vector],
    }),
  }),
});

const EmbedResult = builder.errorUnion('EmbedResult', {
  description: 'The embedding, or why there is none.',
  types: [Embedding, InvalidInputError, NotFoundError, LimitExceededError],
  resolveType: () => Embedding,
});

builder.mutationField('embed', (t) =>
  t.field({
    role: 'read',
    type: EmbedResult,
    description:
      "Embeds a text or an image, answered at once: as a query for the model's VISUAL modality where it has one, else for words, else for sounds. A server takes only so many of these and of searches by an image at a time (EMBED_QUEUE), a quarter of them from one tenant; the next one is a LimitExceededError that says when to try again.",
    complexity: COST.embed,
    args: {
      input: t.arg({
        type: EmbedInput,
        required: true,
        description: 'What to embed, and with which model. One that is not known is a NotFoundError.',
      }),
    },
    resolve: async (_, { input }, context) => {
      try {
        return await embed(context, input);
      } catch (error) {
        throw input.imageUrl && error instanceof InvalidInputError ? ofImageUrl(error) : error;
      } finally {
        passOver(input.image);
      }
    },
  }),
);

async function embed(context: Context, input: typeof EmbedInput.$inferInput) {
  const { app, tenant } = context;
  const kind = kindOf(input);
  if (input.text != null) checkEmbedText(input.text);
  // A place is taken before any bytes are: images wait in memory.
  return enterEmbeds(app.embeds, tenant, async (inTurn) => {
    const space = await chooseSpace(app.models, input.model, kind);
    const query = await readQuery(input, context);
    const vector = await inTurn(() => embedQuery(app.models, space, query));
    return { model: space.model, vector };
  });
}

const QUERIES = ['text', 'image', 'imageUrl'] as const;

function kindOf(input: typeof EmbedInput.$inferInput): 'text' | 'image' {
  const given = QUERIES.filter((name) => input[name] != null);
  if (given.length === 1) return given[0] === 'text' ? 'text' : 'image';
  const message = `${given.join(', ') || 'none'} given; exactly one of ${QUERIES.join(', ')} is needed.`;
  throw new InvalidInputError([{ path: ['input'], message }]);
}

async function readQuery(
  { text, image, imageUrl }: typeof EmbedInput.$inferInput,
  context: Context,
): Promise<EmbedQuery> {
  if (image) return { image: await readUploadedImage(context, image, 'image') };
  if (imageUrl != null) return { image: await readRemoteImage(context, imageUrl, 'imageUrl') };
  return { text: text ?? '' };
}
