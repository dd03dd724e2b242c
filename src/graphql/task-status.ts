import { builder } from './builder.ts';

export const TaskStatusEnum = builder.enumType('TaskStatus', {
  description: 'How far a task has come. READY, FAILED and CANCELED are terminal: only a retry leads on from them.',
  values: {
    UPLOADING: { description: 'The bytes are still arriving: a URL is being downloaded.' },
    VALIDATING: { description: "The file is complete and is being checked against the index's policy." },
    PENDING: { description: 'The file is valid, and waits for a worker.' },
    QUEUED: { description: 'A worker has taken it and prepares it.' },
    INDEXING: { description: 'Its segments are being embedded.' },
    READY: { description: 'The video can be searched.' },
    FAILED: { description: 'It cannot be indexed; `failure` says why.' },
    CANCELED: { description: 'Somebody stopped it.' },
  } as const,
});
