import type { ExecutionResult } from 'graphql';

const printed = new WeakMap<ExecutionResult, string>();

/**
 * A result as JSON. One that is frozen, as those are that many subscribers share, is printed once for all of them: to
 * print it for each of thousands costs many times what it takes to put it together.
 */
export function printResult(result: ExecutionResult): string {
  const known = printed.get(result);
  if (known !== undefined) return known;
  const { errors, ...others } = result;
  // In the order in which graphql-ws prints them, and without errors where there are none.
  const text = JSON.stringify(errors ? { ...others, errors } : others);
  if (Object.isFrozen(result)) printed.set(result, text);
  return text;
}
