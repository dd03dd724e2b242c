import { builder } from './builder.ts';

export const EmbeddingTaskStatusEnum = builder.enumType('EmbeddingTaskStatus', {
  description: 'How far an embedding task has come. All but PROCESSING are terminal.',
  values: {
    PROCESSING: { description: 'Its video is being downloaded, checked, decoded or embedded, or waits for a worker.' },
    READY: { description: 'Its segments are there, until the task is deleted.' },
    FAILED: { description: 'The video cannot be embedded; `failure` says why.' },
    CANCELED: { description: 'Somebody stopped it.' },
  } as const,
});
