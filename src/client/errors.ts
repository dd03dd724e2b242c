import type { TaskFailureCode, TaskStatus } from './generated/graphql.ts';

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

/** The client has been closed: it asks no more. */
export class ClientClosedError extends Error {
  override readonly name = 'ClientClosedError';
}

/** An expected failure of the API: an error member of a result's union, or something that is not there. */
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

/** A file that is to be sent is not there, cannot be read, or changes while it is sent. */
export class FileUnreadableError extends Error {
  override readonly name = 'FileUnreadableError';
}

/** A task ended FAILED. */
export class TaskFailedError extends Error {
  override readonly name = 'TaskFailedError';
  readonly taskId: string;
  /** The rule that the video broke, or what else ended the task. */
  readonly code: TaskFailureCode;
  /** The value that the video has and those that are allowed, with their unit; null where no values are compared. */
  readonly actual: string | null;
  readonly allowed: string | null;

  constructor(
    taskId: string,
    failure: { code: TaskFailureCode; message: string; actual: string | null; allowed: string | null },
  ) {
    super(failure.message);
    this.taskId = taskId;
    this.code = failure.code;
    this.actual = failure.actual;
    this.allowed = failure.allowed;
  }
}

/** A task ended CANCELED. */
export class TaskCanceledError extends Error {
  override readonly name = 'TaskCanceledError';
  readonly taskId: string;

  constructor(taskId: string) {
    super(`The task ${taskId} was canceled.`);
    this.taskId = taskId;
  }
}

/** A task had not ended in the time that its caller gives it. It goes on. */
export class TaskTimeoutError extends Error {
  override readonly name = 'TaskTimeoutError';
  readonly taskId: string;
  /** Its last known state; undefined where the server has told none. */
  readonly status: TaskStatus | undefined;

  constructor(taskId: string, milliseconds: number, status: TaskStatus | undefined) {
    super(`The task ${taskId} is still ${status ?? 'unheard of'} after ${milliseconds / 1000} s.`);
    this.taskId = taskId;
    this.status = status;
  }
}
