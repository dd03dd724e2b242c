import type { DocumentNode, ExecutionArgs, ExecutionResult } from 'graphql';
import type { Context } from '../graphql/context.ts';

/** Puts an event of a subscription together: `args` has the row as its `rootValue`. */
type ExecuteEvent = (args: ExecutionArgs) => Promise<ExecutionResult>;

const numbers = new WeakMap<DocumentNode, number>();
let documents = 0;

/** A number for each document; the parser's cache has one object for those of the same text. */
function numberOf(document: DocumentNode): number {
  const number = numbers.get(document) ?? ++documents;
  numbers.set(document, number);
  return number;
}

/** All that the result for a row depends on beside the row. */
function keyOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { caller, origin, linkKey } = contextValue as Context;
  return JSON.stringify([numberOf(document), operationName, variableValues, caller, origin, linkKey?.id]);
}

/**
 * Executes each event once for all subscriptions that get the same row of it, by the same document and variables and for
 * the same key. One whose result has errors is executed for each of them: they may be its own.
 * @returns of a subscription's arguments, what executes its events
 */
export function createSharedResults(
  executeEvent: ExecuteEvent,
): (args: ExecutionArgs) => (row: object) => Promise<ExecutionResult> {
  const results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  return (args) => {
    const key = keyOf(args);
    return (row) => {
      const ofRow = results.get(row) ?? new Map<string, Promise<ExecutionResult>>();
      results.set(row, ofRow);
      const execute = () => executeEvent({ ...args, rootValue: row });
      const begun = ofRow.get(key);
      if (begun) return begun.then((result) => (result.errors ? execute() : result));
      // Plugins hand on another one where they change something: this one is everyone's.
      const execution = execute().then((result) => Object.freeze(result));
      ofRow.set(key, execution);
      return execution;
    };
  };
}
