/** Expected failures: part of the API's results, thrown by the domain, never logged as faults. */
export abstract class ExpectedError extends Error {
  /** SCREAMING_SNAKE_CASE, stable. */
  abstract readonly code: string;
}

/** One fault of an input: where, and what was given and what is allowed. */
export interface InputIssue {
  path: string[];
  message: string;
}

/** The input breaks a rule that types cannot say. Names every fault at once. */
export class InvalidInputError extends ExpectedError {
  override name = 'InvalidInputError';
  readonly code = 'INVALID_INPUT';
  readonly issues: InputIssue[];

  constructor(issues: InputIssue[]) {
    super(issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '));
    this.issues = issues;
  }
}

/** Nothing of that kind has that id, for this caller. */
export class NotFoundError extends ExpectedError {
  override name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
}

/** Nobody knows whom the request is from: it has no API key, or one that is not, or no longer, valid. */
export class UnauthenticatedError extends ExpectedError {
  override name = 'UnauthenticatedError';
  readonly code = 'UNAUTHENTICATED';
}

/** The role of the request's API key does not suffice. */
export class ForbiddenError extends ExpectedError {
  override name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
}

/** The request contradicts the present state: a name that is taken, a step that this state does not allow. */
export class ConflictError extends ExpectedError {
  override name = 'ConflictError';
  readonly code = 'CONFLICT';
}

/** A size, quota or rate was exceeded. */
export class LimitExceededError extends ExpectedError {
  override name = 'LimitExceededError';
  readonly code = 'LIMIT_EXCEEDED';
  /** The limit in words, with its value. */
  readonly limit: string;
  /** Seconds after which another try may pass, or null when it never will. */
  readonly retryAfter: number | null;

  constructor(message: string, limit: string, retryAfter: number | null = null) {
    super(message);
    this.limit = limit;
    this.retryAfter = retryAfter;
  }
}
