import { type Cache, cacheExchange, type Entity } from '@urql/exchange-graphcache';

/** Has an object's field read anew, whichever arguments it was asked for with. */
function forget(cache: Cache, entity: Entity, field: string): void {
  for (const { fieldName, arguments: given } of cache.inspectFields(entity))
    if (fieldName === field) cache.invalidate(entity, fieldName, given);
}

/** Whether any page that was read of an index's list has this row. */
function isListed(cache: Cache, index: Entity, field: string, row: Entity): boolean {
  const key = cache.keyOfEntity(row);
  const pages = cache.inspectFields(index).filter(({ fieldName }) => fieldName === field);
  return pages.some(({ fieldKey }) => {
    const edges = cache.resolve(cache.resolve(index, fieldKey) as Entity, 'edges');
    return Array.isArray(edges) && edges.some((edge) => cache.resolve(edge as Entity, 'node') === key);
  });
}

function forgetDeleted(cache: Cache, type: string, id: unknown): void {
  cache.invalidate({ __typename: type, id: String(id) });
  for (const { fieldName, arguments: given } of cache.inspectFields('Query')) {
    if (fieldName === 'indexes') cache.invalidate('Query', fieldName, given);
    if (fieldName !== 'index') continue;
    // A video goes with its task, and a task with its video.
    for (const list of ['tasks', 'videos'])
      forget(cache, { __typename: 'Index', id: String((given as { id?: unknown } | null)?.id) }, list);
  }
}

/**
 * One copy of each task and video, whichever answer or event it came with. A list is read anew when an event brings
 * what it does not have.
 */
export const createCache = () =>
  cacheExchange({
    possibleTypes: { Error: ['ConflictError', 'InvalidInputError', 'LimitExceededError', 'NotFoundError'] },
    // What has no id belongs to what has it.
    keys: {
      EmbeddingModel: () => null,
      InputIssue: () => null,
      ModelModality: () => null,
      SearchHit: () => null,
      Segment: () => null,
      TaskFailure: () => null,
      TranscriptLine: () => null,
      ValidationPolicy: () => null,
      VideoMetadata: () => null,
    },
    updates: {
      Subscription: {
        tasksUpdated({ tasksUpdated: task }, { indexId }, cache) {
          const index = { __typename: 'Index', id: String(indexId) };
          const { video } = task as { video: Entity };
          if (!isListed(cache, index, 'tasks', task as Entity)) forget(cache, index, 'tasks');
          if (video && !isListed(cache, index, 'videos', video)) {
            forget(cache, index, 'videos');
            forget(cache, 'Query', 'indexes');
          }
        },
      },
      Mutation: {
        createIndex: (_, __, cache) => forget(cache, 'Query', 'indexes'),
        deleteTask: (_, { id }, cache) => forgetDeleted(cache, 'Task', id),
        deleteVideo: (_, { id }, cache) => forgetDeleted(cache, 'Video', id),
      },
    },
  });
