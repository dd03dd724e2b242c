import { builder } from './builder.ts';
import { EmbeddingModel } from './embedding-model.ts';

builder.queryField('models', (t) =>
  t.field({
    type: [EmbeddingModel],
    description: 'Every model that this server knows, installed or not.',
    resolve: (_, __, { app }) => app.models.list(),
  }),
);
