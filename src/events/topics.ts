import type { Transaction } from '../db/client.ts';

/** What changes are told of, each with the ids that it carries. The rows themselves are the truth and are read anew. */
export interface Topics {
  'task:changed': { taskId: string; indexId: string };
  'embedding-task:changed': { embeddingTaskId: string };
  'reindex:changed': { reindexId: string; indexId: string };
  'key:changed': { keyId: string };
}

export type Topic = keyof Topics;
type Ids = Record<string, string>;

const FIELDS = {
  'task:changed': ['taskId', 'indexId'],
  'embedding-task:changed': ['embeddingTaskId'],
  'reindex:changed': ['reindexId', 'indexId'],
  'key:changed': ['keyId'],
} as const satisfies { [T in Topic]: (keyof Topics[T])[] };

/** Registers a change with a transaction; subscribers in every process hear of it after the commit. */
export function emitChange<T extends Topic>(tx: Transaction, topic: T, ids: Topics[T]): void {
  const given: Ids = ids;
  tx.emit({ topic, ids: FIELDS[topic].map((field) => given[field] ?? '') });
}

function isTopic(text: string): text is Topic {
  return Object.hasOwn(FIELDS, text);
}

/** The reverse of what `emitChange` packed, or undefined for a topic or shape that this version does not know. */
export function readChange(topic: string, ids: string[]): { topic: Topic; ids: Topics[Topic] } | undefined {
  if (!isTopic(topic)) return undefined;
  const fields = FIELDS[topic];
  if (fields.length !== ids.length) return undefined;
  return { topic, ids: Object.fromEntries(fields.map((field, n) => [field, ids[n]])) as never };
}
