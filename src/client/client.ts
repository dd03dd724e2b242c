import { OperationFailedError } from './errors.ts';
import { postOperation } from './post.ts';
import type { RequestOptions, Variables } from './request-options.ts';
import { openSubscriptions } from './subscriptions.ts';

export { OperationFailedError, RequestFailedError, ServerUnreachableError } from './errors.ts';
export type { RequestOptions } from './request-options.ts';

/** A GraphQL client of one Reelgraph server. The caller states the types of what its documents ask for. */
export interface Client {
  /** Where the API is, e.g. `http://127.0.0.1:4000/graphql`. */
  readonly endpoint: string;
  /** Runs a query or a mutation. Throws ServerUnreachableError, RequestFailedError or the signal's reason. */
  request<Data>(document: string, variables?: Variables, options?: RequestOptions): Promise<Data>;
  /**
   * Runs an operation that has files among its variables, streaming them. `files` has their places, such as
   * `input.videoFile`; a `File` made of `fs.openAsBlob` is read from disk as it is sent. Throws as `request` does.
   */
  upload<Data>(
    document: string,
    variables: Variables,
    files: Record<string, File>,
    options?: RequestOptions,
  ): Promise<Data>;
  /** Runs a subscription until it completes or the loop over it ends. Throws as `request` does. */
  subscribe<Data>(document: string, variables?: Variables, options?: RequestOptions): AsyncGenerator<Data, void>;
  /** Ends the connection that subscriptions share. */
  close(): Promise<void>;
}

/**
 * Prepares a client; it connects when it is used.
 * @param server an address such as `http://127.0.0.1:4000`
 * @param options.apiKey sent with every request and connection
 */
export function createClient(server: string, { apiKey }: { apiKey?: string | undefined } = {}): Client {
  const endpoint = new URL('graphql', server.endsWith('/') ? server : `${server}/`).href;
  const subscriptions = openSubscriptions(endpoint, apiKey);
  return {
    endpoint,
    request: (document, variables = {}, options = {}) =>
      postOperation(endpoint, { document, variables, apiKey }, options),
    upload: (document, variables, files, options = {}) =>
      postOperation(endpoint, { document, variables, files, apiKey }, options),
    subscribe: (document, variables = {}, options = {}) => subscriptions.run(document, variables, options),
    close: () => subscriptions.close(),
  };
}

/** A member of a result's union: the wanted one, or an error that has a message and a code. */
export type Result<Type extends string, Fields> =
  | ({ __typename: Type } & Fields)
  | { __typename: string; message: string; code: string };

/** The wanted member of a union. Throws OperationFailedError for any other. */
export function expectType<Type extends string, Fields>(
  type: Type,
  result: Result<Type, Fields>,
): { __typename: Type } & Fields {
  if (isMember(type, result)) return result;
  throw new OperationFailedError(result.__typename, result.code, result.message);
}

function isMember<Type extends string, Fields>(
  type: Type,
  result: Result<Type, Fields>,
): result is { __typename: Type } & Fields {
  return result.__typename === type;
}
