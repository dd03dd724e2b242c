import SchemaBuilder, { BasePlugin, isThenable, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import { GraphQLError, type GraphQLFieldResolver } from 'graphql';
import { ExpectedError, InvalidInputError, LimitExceededError } from '../errors.ts';

const PLUGIN = 'expectedErrors';
export default PLUGIN;

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: ExpectedErrorsPlugin<Types>;
    }
  }
}

/** An expected error as an entry of `errors`, with its code. */
export function toGraphQLError(error: ExpectedError): GraphQLError {
  const extensions = {
    code: error.code,
    ...(error instanceof InvalidInputError && { issues: error.issues }),
    ...(error instanceof LimitExceededError && { limit: error.limit, retryAfter: error.retryAfter }),
  };
  return new GraphQLError(error.message, { extensions });
}

type AnyResolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

/** What no union of a field took becomes a GraphQLError: a page size out of range, an unknown task to subscribe to. */
class ExpectedErrorsPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(resolver: AnyResolver<Types>, field: PothosOutputFieldConfig<Types>): AnyResolver<Types> {
    // A property that is only read: most fields are.
    if (field.extensions?.pothosExposedField) return resolver;
    return (...args) => translate(() => resolver(...args));
  }

  override wrapSubscribe(
    subscribe: AnyResolver<Types> | undefined,
    _field: PothosOutputFieldConfig<Types>,
  ): AnyResolver<Types> | undefined {
    return subscribe && ((...args) => translate(() => subscribe(...args)));
  }
}

/** Stays synchronous where the resolver is: most fields are. */
function translate(resolve: () => unknown): unknown {
  try {
    const result = resolve();
    return isThenable(result) ? result.then(undefined, rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}

/** Any other error stays as it is, for the server to mask. */
function rethrow(error: unknown): never {
  throw error instanceof ExpectedError ? toGraphQLError(error) : error;
}

SchemaBuilder.registerPlugin(PLUGIN, ExpectedErrorsPlugin);
