import SchemaBuilder, { BasePlugin, isThenable, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import { type InputIssue, InvalidInputError } from '../errors.ts';

const PLUGIN = 'inputIssues';
export default PLUGIN;

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: InputIssuesPlugin<Types>;
    }
  }
}

type AnyResolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

/** Looks at every field's arguments before, and at the paths of the issues after, its resolver runs. */
class InputIssuesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(resolver: AnyResolver<Types>, field: PothosOutputFieldConfig<Types>): AnyResolver<Types> {
    const names = Object.keys(field.args);
    if (names.length === 0) return resolver;
    const rethrow = (error: unknown): never => {
      throw error instanceof InvalidInputError ? fromArguments(error, names) : error;
    };
    return (parent, args, context, info) => {
      const issues = findNulCharacters(args);
      if (issues.length > 0) throw new InvalidInputError(issues);
      try {
        const result = resolver(parent, args, context, info);
        return isThenable(result) ? result.then(undefined, rethrow) : result;
      } catch (error) {
        return rethrow(error);
      }
    };
  }
}

/** The domain's paths begin within the input; a client's begin at the argument. */
function fromArguments(error: InvalidInputError, names: readonly string[]): InvalidInputError {
  if (!names.includes('input')) return error;
  const issues = error.issues.map(({ path, message }) => {
    const begins = path[0] !== undefined && names.includes(path[0]);
    return { path: begins ? path : ['input', ...path], message };
  });
  return new InvalidInputError(issues);
}

/** Postgres has no place for U+0000, neither in text nor in JSON. */
function findNulCharacters(value: unknown, path: string[] = []): InputIssue[] {
  if (typeof value === 'string')
    return value.includes('\0') ? [{ path, message: 'The character U+0000 is not allowed.' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.includes('\0') ? [{ path, message: 'The character U+0000 is not allowed in a key.' }] : []),
    ...findNulCharacters(inner, [...path, key]),
  ]);
}

SchemaBuilder.registerPlugin(PLUGIN, InputIssuesPlugin);
