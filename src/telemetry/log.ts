import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { HIDDEN, isSecretName, redactText } from './redaction.ts';
import { currentContext } from './request-context.ts';
import { describeError, isErrorLike, safeMessage } from './safe-error.ts';

/** Levels of an object that are looked at; what lies deeper is not shown. */
const DEEPEST = 6;

/**
 * The log of a process: each line tells of the request that it belongs to, and none of them a secret. Errors lose the
 * values that their statements were called with, objects whatever `isSecretName` knows, and each line, once it is
 * written, what `redactText` finds.
 * @param traceId the id of the trace that the present work belongs to
 */
export function createLog(
  level: string,
  options: { stream?: DestinationStream | undefined; traceId?: () => string | undefined } = {},
): Logger {
  const { stream, traceId } = options;
  const settings: LoggerOptions = {
    level,
    mixin() {
      const { requestId } = currentContext();
      const trace = traceId?.();
      return { ...(requestId && { requestId }), ...(trace && { traceId: trace }) };
    },
    // They would come after `formatters.log`, which has done their work.
    serializers: { err: (described) => described },
    formatters: { log: (line) => cleanObject(line, 0) },
    hooks: {
      logMethod(args, method) {
        method.apply(this, withMessage(args));
      },
      streamWrite: redactText,
    },
  };
  return stream ? pino(settings, stream) : pino(settings);
}

/** Pino takes an error's own message for a line that has none. */
function withMessage<Args extends unknown[]>(args: Args): Args {
  const [first, message] = args;
  if (isErrorLike(first)) return [{ err: first }, message ?? safeMessage(first)] as unknown as Args;
  if (message === undefined && typeof first === 'object' && first !== null && 'err' in first && isErrorLike(first.err))
    return [first, safeMessage(first.err)] as unknown as Args;
  return args;
}

function cleanObject(object: object, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object))
    clean[name] = isSecretName(name) && value != null ? HIDDEN : cleanValue(value, depth + 1);
  return clean;
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isErrorLike(value)) return describeError(value);
  if (depth > DEEPEST) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return cleanValue(value.toJSON(), depth + 1);
  return cleanObject(value, depth);
}
