import { type Cache, cacheExchange, type Entity } from '@urql/exchange-graphcache';
import type { TaskFieldsFragment } from '../generated/graphql.ts';

/** Has an object's field read anew, whichever arguments it was asked for with. */
function forget(cache: Cache, entity: Entity, field: string): void {
  for (const { fieldName, arguments: given } of cache.inspectFields(entity))
    if (fieldName === field) cache.invalidate(entity, fieldName, given);
}

/** Whether any page that was read of an object's list has this row. */
function isListed(cache: Cache, owner: Entity, field: string, row: Entity): boolean {
  const key = cache.keyOfEntity(row);
  const pages = cache.inspectFields(owner).filter(({ fieldName }) => fieldName === field);
  return pages.some(({ fieldKey }) => {
    const edges = cache.resolve(cache.resolve(owner, fieldKey) as Entity, 'edges');
    return Array.isArray(edges) && edges.some((edge) => cache.resolve(edge as Entity, 'node') === key);
  });
}

function forgetDeleted(cache: Cache, type: string, id: unknown): void {
  cache.invalidate({ __typename: type, id: String(id) });
  for (const { fieldName, arguments: given } of cache.inspectFields('Query')) {
    if (fieldName === 'indexes' || fieldName === 'tasks') cache.invalidate('Query', fieldName, given);
    if (fieldName !== 'index') continue;
    // A video goes with its task, and a task with its video.
    for (const list of ['tasks', 'videos'])
      forget(cache, { __typename: 'Index', id: String((given as { id?: unknown } | null)?.id) }, list);
  }
}

/** Whether something is said for the first time. */
function createFirstTimes(): (said: string) => boolean {
  const heard = new Set<string>();
  return (said) => heard.size < heard.add(said).size;
}

/**
 * One copy of each task and video, whichever answer or event it came with. A list is read anew when an event brings
 * what it does not have: once for each step of a task, as a list does not go on for ever, and may not have it then
 * either.
 */
export function createCache() {
  const isFirst = createFirstTimes();
  return cacheExchange({
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
          const { id, attempt, status } = task as unknown as TaskFieldsFragment;
          const { video } = task as { video: Entity };
          if (!isFirst(`${id} ${attempt} ${status}`)) return;
          const owners: Entity[] = ['Query', index];
          if (!owners.some((owner) => isListed(cache, owner, 'tasks', task as Entity)))
            for (const owner of owners) forget(cache, owner, 'tasks');
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
}
