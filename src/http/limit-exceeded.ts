import { createGraphQLError } from 'graphql-yoga';

/**
 * The fault of a request that is refused for its size or its cost, before anything is done for it.
 * @param limit what is limited, such as "depth of the document"
 */
export function limitExceeded(limit: string, actual: number, allowed: number, status = 400) {
  return createGraphQLError(`The ${limit} is ${actual}; at most ${allowed} is allowed.`, {
    extensions: { code: 'LIMIT_EXCEEDED', limit, actual, allowed, http: { status } },
  });
}
