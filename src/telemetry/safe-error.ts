import { redactText } from './redaction.ts';

/** An error as it may be logged: without the values that a statement was called with. */
export interface SafeError {
  type: string;
  message: string;
  stack: string;
  cause?: SafeError;
  errors?: SafeError[];
  [property: string]: unknown;
}

/** Properties that say what happened, and never hold anybody's data. */
const TOLD = [
  'code',
  'errno',
  'syscall',
  'severity',
  'schema_name',
  'table_name',
  'column_name',
  'constraint_name',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
  'status',
  'statusCode',
  'signal',
  'transient',
  'limit',
] as const;

/** Causes within causes, and characters of one text, that are told. */
const DEEPEST = 8;
const LONGEST = 4_000;

/** Anything that is thrown, or was and came back as JSON, as it may be logged. */
export function describeError(thrown: unknown, depth = 0): SafeError {
  if (!isErrorLike(thrown)) return { type: typeof thrown, message: shorten(redactText(String(thrown))), stack: '' };
  const { name, stack, cause, errors } = thrown;
  const message = safeMessage(thrown);
  const described: SafeError = {
    type: typeOf(thrown, name),
    message,
    stack: framesOf(String(stack ?? ''), thrown.message),
  };
  for (const property of TOLD) {
    const value = thrown[property];
    if (typeof value === 'string') described[property] = shorten(redactText(value));
    else if (typeof value === 'number' || typeof value === 'boolean') described[property] = value;
  }
  if (depth >= DEEPEST) return described;
  if (cause !== undefined && cause !== null) described.cause = describeError(cause, depth + 1);
  if (Array.isArray(errors))
    described.errors = errors.slice(0, DEEPEST).map((error) => describeError(error, depth + 1));
  return described;
}

/** The class says more than the name, which many do not set. */
function typeOf(thrown: object, name: unknown): string {
  const own = thrown instanceof Error ? thrown.constructor.name : 'Error';
  return own === 'Error' || own === '' ? String(name ?? 'Error') : own;
}

type ErrorLike = Record<string, unknown> & { message: string };

/** Whether it is an error, also of another realm or read from JSON. */
export function isErrorLike(value: unknown): value is ErrorLike {
  return (
    value instanceof Error ||
    (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value && isText(value.message))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** What an error says, without what a statement was called with. */
export function safeMessage(error: { message: string }): string {
  const { message, query, code } = error as { message: string; query?: unknown; code?: unknown };
  // Drizzle: the statement has placeholders, and the values come after it.
  if (message.startsWith('Failed query:'))
    return shorten(redactText(isText(query) ? `Failed query: ${query}` : message.replace(/\nparams:.*$/s, '')));
  // Class 22 of Postgres, "data exception", quotes what it was given, and so does JSON.parse.
  if (isText(code) && /^22[0-9A-Z]{3}$/.test(code)) return shorten(message.replace(/["“':].*$/s, '…'));
  if (error instanceof SyntaxError && message.endsWith('JSON')) return 'This is not valid JSON.';
  return shorten(redactText(message));
}

/** The places of a stack, without the message at its head, which may be of any length and hold anything. */
function framesOf(stack: string, message: string): string {
  const at = message === '' ? -1 : stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split('\n');
  const frames: string[] = [];
  for (const line of lines.reverse()) {
    if (!/^\s+at \S/.test(line)) break;
    frames.unshift(redactText(line));
  }
  return frames.join('\n');
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
