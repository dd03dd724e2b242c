import { AsyncLocalStorage } from 'node:async_hooks';

/** What kind of operation a request turned out to be; `none` for whatever is no GraphQL, or never got so far. */
export type OperationType = 'query' | 'mutation' | 'subscription' | 'none';

/** What becomes known of a request while it is served. */
export interface RequestRecord {
  type: OperationType;
  /** The operation's name, as the client gave it. */
  name?: string | undefined;
  /** The fields of the schema's root types that it asks for. */
  fields: string[];
  tenant?: string | undefined;
  /** It was answered with errors of the client's own. */
  refused: boolean;
  /** It was answered with an error whose cause only the log has. */
  faulty: boolean;
  /** It takes as long as its client wants: an upload, a subscription. */
  lasting: boolean;
}

/** On whose behalf something happens. It goes along with the work by itself: through calls, promises and jobs. */
export interface RequestContext {
  /** Names the request in the log, to its client, and in the jobs that come of it; undefined for what nobody asked for. */
  readonly requestId?: string | undefined;
  /** The span that new ones are children of; only `tracing` looks inside. */
  readonly trace?: unknown;
  /** Absent in jobs. */
  readonly record?: RequestRecord | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();
const NOBODY: RequestContext = {};

/** The context of what runs now. */
export function currentContext(): RequestContext {
  return storage.getStore() ?? NOBODY;
}

/** Does `work`, and all that comes of it, in a context. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** A record of a request of which nothing is known yet. */
export function createRecord(): RequestRecord {
  return { type: 'none', fields: [], refused: false, faulty: false, lasting: false };
}
