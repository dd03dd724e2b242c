import { clearAllDataLoaders } from '@pothos/plugin-dataloader';
import type DataLoader from 'dataloader';
import type { App } from '../app.ts';
import type { Caller } from '../domain/callers.ts';
import type { TaskLimits } from '../domain/task-limits.ts';
import type { LinkKey } from './signed-url.ts';

/** What resolvers work with, made anew for each request or, on a connection that stays open, each operation. */
export interface Context {
  app: Pick<
    App,
    'env' | 'db' | 'queue' | 'events' | 'storage' | 'remote' | 'models' | 'embeds' | 'uploads' | 'telemetry'
  >;
  /** Whom the request acts for. */
  caller: Caller;
  /** Whose rows this caller sees and writes. */
  tenant: string;
  /** Scheme, host and port that the caller reaches this server by: what absolute URLs begin with, without a slash. */
  origin: string;
  /** What links to pictures and videos are signed with; null where they need no signature. */
  linkKey: LinkKey | null;
  /** What the tenant may have of tasks and bytes. */
  limits: TaskLimits;
  /** Bytes that the only file of the request has at the least; 0 where that is not known. */
  leastUpload: number;
  /** The loaders of `createBatchLoader`, by what they load and with which arguments. */
  batches: Map<unknown, Map<string, DataLoader<string, unknown>>>;
}

/** @param options.origin such as `http://127.0.0.1:4000` */
export function createContext(
  app: Context['app'],
  options: { caller: Caller; origin: string; linkKey: LinkKey | null; leastUpload?: number },
): Context {
  const { MAX_STORED_BYTES, MAX_QUEUED_TASKS, WORKER_CONCURRENCY } = app.env;
  const limits = { storedBytes: MAX_STORED_BYTES, queuedTasks: MAX_QUEUED_TASKS, parallel: WORKER_CONCURRENCY };
  return { app, leastUpload: 0, ...options, tenant: options.caller.tenant, limits, batches: new Map() };
}

/**
 * Resolves an event of a subscription to its row, and has all else that is told with it read from the database: the events
 * of one subscription share their context.
 */
export function resolveEvent<Row>(row: Row, _: unknown, context: Context): Row {
  clearAllDataLoaders(context);
  context.batches.clear();
  return row;
}
