import { OperationFailedError } from './errors.ts';

/** A member of a result's union that says why there is no result. */
interface ErrorMember {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
}

/** The wanted member of a union whose others are errors. Throws OperationFailedError for any of those. */
export function expectType<Type extends string, Result extends { readonly __typename: Type } | ErrorMember>(
  type: Type,
  result: Result,
): Extract<Result, { readonly __typename: Type }> {
  if (isMember(type, result)) return result;
  const { __typename, code, message } = result as ErrorMember;
  throw new OperationFailedError(__typename, code, message);
}

/** An error for what is not there, like the one that a mutation answers with. @param what as in `No such index.` */
export function notFound(what: string): OperationFailedError {
  return new OperationFailedError('NotFoundError', 'NOT_FOUND', `No such ${what}.`);
}

function isMember<Type extends string, Result extends { readonly __typename: string }>(
  type: Type,
  result: Result,
): result is Extract<Result, { readonly __typename: Type }> {
  return result.__typename === type;
}
