/** No server answered at the address: none runs there, or the connection broke before its answer. */
export class ServerUnreachableError extends Error {
  override readonly name = 'ServerUnreachableError';
}

/** The server answered, but not with data: a document that it refuses, a fault of its own, or something not GraphQL. */
export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';
  /** `extensions.code` of each error, where it has one. */
  readonly codes: string[];

  constructor(message: string, codes: string[] = []) {
    super(message);
    this.codes = codes;
  }
}

/** An expected failure of the API: an error member of a result's union. */
export class OperationFailedError extends Error {
  override readonly name = 'OperationFailedError';
  /** The member's type, such as `NotFoundError`. */
  readonly type: string;
  /** SCREAMING_SNAKE_CASE, stable. */
  readonly code: string;

  constructor(type: string, code: string, message: string) {
    super(message);
    this.type = type;
    this.code = code;
  }
}
