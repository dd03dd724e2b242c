import { builder } from './builder.ts';

export const QueryVocabulary = builder.enumType('QueryVocabulary', {
  description: 'What a text query may say to a model.',
  values: {
    OPEN: { description: 'Anything.' },
    CLOSED: { description: 'Only words that the model knows by name; others are refused, with names that are near.' },
    NONE: { description: 'Nothing: the model does not read text queries.' },
  } as const,
});
