import { GraphQLError, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';
import { builder } from './builder.ts';

/** Years that both RFC 3339 and Postgres can say. */
function checkYear(given: unknown): Date {
  const date = given as Date;
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return date;
  throw new GraphQLError('A DateTime lies in the years 0001 to 9999.');
}

builder.addScalarType('DateTime', GraphQLDateTimeISO, {
  description:
    'A moment, as RFC 3339 writes it; always given out in UTC with milliseconds: `2026-01-31T12:00:00.000Z`. In TypeScript: `string`.',
  parseValue: (value: unknown) => checkYear(GraphQLDateTimeISO.parseValue(value)),
  parseLiteral: (node: ValueNode) => checkYear(GraphQLDateTimeISO.parseLiteral(node)),
});
