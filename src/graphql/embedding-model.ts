import type { ModalityDescription, ModelDescription } from '../models/models.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { ModalityEnum } from './modality.ts';
import { QueryVocabulary } from './query-vocabulary.ts';

const ModelModality = builder.objectRef<ModalityDescription>('ModelModality').implement({
  description: 'What a model does for one modality.',
  fields: (t) => ({
    modality: t.expose('modality', { type: ModalityEnum, description: 'The modality that is described.' }),
    dimensions: t.exposeInt('dimensions', {
      nullable: true,
      description: 'Length of its vectors; null where there are only words, which are searched as words.',
    }),
    textQueries: t.exposeBoolean('textQueries', { description: 'Whether a text can search it.' }),
    imageQueries: t.exposeBoolean('imageQueries', { description: 'Whether an image can search it.' }),
    vocabulary: t.expose('vocabulary', { type: QueryVocabulary, description: 'What a text query may say.' }),
  }),
});

export const EmbeddingModel = builder.objectRef<ModelDescription>('EmbeddingModel').implement({
  description: 'A bundle of encoders, one for each modality that it supports.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What `CreateIndexInput.model` calls it.' }),
    installed: t.exposeBoolean('installed', {
      description: 'Whether its files are on this server and match their checksums.',
    }),
    modalities: t.field({
      type: [ModelModality],
      description: 'What it can embed.',
      resolve: (model) => model.modalities,
    }),
    license: t.exposeString('license', { description: 'The licence of its files, as SPDX names it.' }),
  }),
});

/** The model of this name; one that a later version no longer knows leaves its name behind in what was made with it. */
export function findModel({ app }: Context, name: string): ModelDescription {
  return app.models.describe(name) ?? { name, installed: false, modalities: [], license: 'unknown' };
}
