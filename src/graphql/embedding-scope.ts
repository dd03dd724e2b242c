import { builder } from './builder.ts';

export const EmbeddingScopeEnum = builder.enumType('EmbeddingScope', {
  description: 'How much of a video one embedding stands for.',
  values: {
    CLIP: { description: 'One clip of the length that the index, or the embedding task, cuts its videos into.' },
    VIDEO: { description: 'The whole video, or all of the part that an embedding task was asked for.' },
  } as const,
});
