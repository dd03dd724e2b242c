/** Which types implement the interfaces of the API. */
export const possibleTypes = {
  Error: ['ConflictError', 'InvalidInputError', 'LimitExceededError', 'NotFoundError'],
  Node: ['EmbeddingTask', 'Index', 'Reindex', 'Task', 'Video'],
};
