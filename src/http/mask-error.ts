import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { ExpectedError } from '../errors.ts';

/**
 * What a client sees of an error. Expected ones keep their message and code; of anything else it learns nothing, and
 * the log has the cause.
 */
export function maskError(log: Logger, error: unknown, message: string): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  const at = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (original instanceof ExpectedError)
    return new GraphQLError(original.message, { ...at, extensions: { code: original.code } });
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) return error;
  log.error({ err: original }, 'request failed');
  return new GraphQLError(message, { ...at, extensions: { code: 'INTERNAL_SERVER_ERROR' } });
}
