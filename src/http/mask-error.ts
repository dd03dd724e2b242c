import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/**
 * What a client sees of an error. Those made for it, as the schema makes them of expected ones, stay as they are; of
 * anything else it learns nothing, and the log has the cause.
 */
export function maskError(log: Logger, error: unknown, message: string): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  const at = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) return error;
  log.error({ err: original }, 'request failed');
  return new GraphQLError(message, { ...at, extensions: { code: 'INTERNAL_SERVER_ERROR' } });
}
