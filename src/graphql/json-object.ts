import { GraphQLError, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { JsonObject, JsonValue } from '../db/values.ts';
import { builder } from './builder.ts';

const DEEPEST = 32;

/** Copies what came from outside into plain JSON; refuses what no JSON object can be, or what may be mistaken for a prototype. */
function parseObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new GraphQLError('A JSONObject is an object with keys, such as {"camera": "north"}.');
  return copyValue(value, 1) as JsonObject;
}

function copyValue(value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw new GraphQLError(`A JSONObject cannot hold ${String(value)}.`);
  if (depth > DEEPEST) throw new GraphQLError(`A JSONObject is at most ${DEEPEST} levels deep.`);
  if (Array.isArray(value)) return value.map((item) => copyValue(item, depth + 1));
  if (Object.hasOwn(value, '__proto__')) throw new GraphQLError('A JSONObject cannot have the key "__proto__".');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyValue(item, depth + 1)]));
}

builder.scalarType('JSONObject', {
  description: `A JSON object of any shape, at most ${DEEPEST} levels deep. In TypeScript: \`Record<string, unknown>\`.`,
  serialize: (value) => value,
  parseValue: parseObject,
  parseLiteral: (node: ValueNode, variables) => parseObject(valueFromASTUntyped(node, variables)),
});
