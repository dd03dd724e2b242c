import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, getVariableValues, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { limitExceeded } from './limit-exceeded.ts';

/** Values in the variables of a request at every depth, and in one list or object of them: a search has 1,000 ids. */
const MOST_VALUES = 5_000;
const MOST_ENTRIES = 1_000;
/** Faults of variables that are told, and the length of each: the value is a part of the message. */
const MOST_FAULTS = 5;
const LONGEST_MESSAGE = 1_000;
/** A cost is kept along with so many variables, all in so many characters: to compare more takes as long as to count. */
const MOST_KEPT_VARIABLES = 10;
const LONGEST_KEY = 500;

interface Options {
  /** Whether names that are like a wrong one are told. */
  suggestions: boolean;
  /** What the points of a field depend on besides its arguments. */
  dependsOn(): number;
}

/**
 * Refuses what would cost more than `most` points (`graphql/complexity.ts`) before any of it is executed, and says what
 * it costs. The operations of a batch are counted together.
 */
export function useComplexityLimit(most: number, options: Options): Plugin {
  const spent = new WeakMap<object, number>();
  // What each document has cost the last time: whoever follows a page asks the same again and again.
  const last = new WeakMap<DocumentNode, { key: string; cost: number }>();
  const findCost = (args: ExecutionArgs): number | readonly GraphQLError[] => {
    const key = keyOf(args, options.dependsOn());
    const kept = last.get(args.document);
    if (kept && kept.key === key) return kept.cost;
    const cost = costOf(args, options);
    if (key !== undefined && typeof cost === 'number') last.set(args.document, { key, cost });
    return cost;
  };
  const refuse = (args: ExecutionArgs): readonly GraphQLError[] => {
    const cost = findCost(args);
    if (typeof cost !== 'number') return cost;
    const { request = args } = args.contextValue as { request?: object };
    const total = cost + (spent.get(request) ?? 0);
    spent.set(request, total);
    return total > most ? [limitExceeded('cost of the request in points', total, most)] : [];
  };
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const errors = refuse(args);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const errors = refuse(args);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
  };
}

/** All that the cost of a document depends on, where that is short. */
function keyOf({ operationName, variableValues }: ExecutionArgs, dependsOn: number): string | undefined {
  const variables = Object.entries(variableValues ?? {});
  if (variables.length > MOST_KEPT_VARIABLES || !variables.every(([, value]) => isShort(value))) return undefined;
  const key = JSON.stringify([dependsOn, operationName, variables]);
  return key.length <= LONGEST_KEY ? key : undefined;
}

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_KEY;
  return typeof value === 'number' || typeof value === 'boolean' || value === null;
}

/** The points of the operation that is going to be executed, or why it cannot be. */
function costOf(args: ExecutionArgs, { suggestions }: Options): number | readonly GraphQLError[] {
  const { schema, document, variableValues, contextValue } = args;
  const operation = getOperationAST(document, args.operationName);
  // The executor knows what to say.
  if (!operation) return 0;
  const given = variableValues ?? {};
  const tooMany = findTooMany(given);
  if (tooMany) return [tooMany];
  const limits = { maxErrors: MOST_FAULTS, hideSuggestions: !suggestions };
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, limits);
  if (errors) return errors.map(asBadRequest);
  // What is not executed is not paid for: the plugin takes the first operation that it finds.
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const executed = { ...document, definitions: [operation, ...fragments] };
  try {
    return complexityFromQuery(executed, { schema, variables: given, ctx: contextValue as object }).complexity;
  } catch (error) {
    if (error instanceof GraphQLError) return [asBadRequest(error)];
    throw error;
  }
}

/** Coercing a value takes some microseconds: for what arguments are for, many times what their resolvers would refuse. */
function findTooMany(variables: object): GraphQLError | undefined {
  const open: object[] = [variables];
  let count = 0;
  for (let value = open.pop(); value; value = open.pop()) {
    const entries = Object.values(value);
    if (entries.length > MOST_ENTRIES) return limitExceeded('length of a variable', entries.length, MOST_ENTRIES);
    count += entries.length;
    if (count > MOST_VALUES) return limitExceeded('number of values in the variables', count, MOST_VALUES);
    for (const inner of entries) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return undefined;
}

function asBadRequest({ message, nodes }: GraphQLError): GraphQLError {
  const told = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return new GraphQLError(told, {
    nodes: nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
