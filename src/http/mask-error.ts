import { GraphQLError } from 'graphql';
import type { App } from '../app.ts';
import { ExpectedError } from '../errors.ts';
import { toGraphQLError } from '../graphql/expected-errors-plugin.ts';
import { currentContext } from '../telemetry/request-context.ts';

/**
 * What a client sees of an error. Those made for it, as the schema makes them of expected ones, stay as they are; of
 * anything else it learns nothing but the request's id, by which its operator finds the cause in the log.
 */
export function maskError({ log, telemetry }: App, error: unknown, message: string): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  const at = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (error instanceof GraphQLError && (!original || original instanceof GraphQLError)) return error;
  const { requestId, record } = currentContext();
  if (record) record.faulty = true;
  telemetry.metrics.maskedErrors.inc();
  log.error({ err: original, operation: record?.name, fields: record?.fields }, 'request failed');
  return new GraphQLError(message, { ...at, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } });
}

/** What a client of a WebSocket sees of an error, expected or not, that comes from outside of a resolver. */
export function toClientError(app: App, error: unknown): GraphQLError {
  return error instanceof ExpectedError ? toGraphQLError(error) : maskError(app, error, 'Unexpected error.');
}
